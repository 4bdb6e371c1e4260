//! needs: surface_place texture_of
/// CUDA's `surf2Dread` without texture units.
template <typename Type>
inline __device__ Type surf2Dread(hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    Type texel = Type();
    const char *from = surface_place(texture_of(object), x, y, 0, static_cast<int>(sizeof(Type)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
    return texel;
}
template <typename Type>
inline __device__ void surf2Dread(Type *texel, hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf2Dread<Type>(object, x, y, mode);
}
