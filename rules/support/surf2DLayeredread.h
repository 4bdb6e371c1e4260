//! needs: surface_place texture_of
/// CUDA's `surf2DLayeredread` without texture units.
template <typename Type>
inline __device__ Type surf2DLayeredread(hipSurfaceObject_t object, int x, int y, int layer, int mode = hipBoundaryModeTrap) {
    Type texel = Type();
    const char *from = surface_place(texture_of(object), x, y, layer, static_cast<int>(sizeof(Type)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
    return texel;
}
template <typename Type>
inline __device__ void surf2DLayeredread(Type *texel, hipSurfaceObject_t object, int x, int y, int layer, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf2DLayeredread<Type>(object, x, y, layer, mode);
}
