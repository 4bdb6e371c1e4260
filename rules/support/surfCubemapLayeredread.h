//! needs: surface_place texture_of
/// CUDA's `surfCubemapLayeredread` without texture units.
template <typename Type>
inline __device__ Type surfCubemapLayeredread(hipSurfaceObject_t object, int x, int y, int face, int mode = hipBoundaryModeTrap) {
    Type texel = Type();
    const char *from = surface_place(texture_of(object), x, y, face, static_cast<int>(sizeof(Type)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
    return texel;
}
template <typename Type>
inline __device__ void surfCubemapLayeredread(Type *texel, hipSurfaceObject_t object, int x, int y, int face, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surfCubemapLayeredread<Type>(object, x, y, face, mode);
}
