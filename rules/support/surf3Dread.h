//! needs: surface_place texture_of
/// CUDA's `surf3Dread` without texture units.
template <typename Type>
inline __device__ Type surf3Dread(hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    Type texel = Type();
    const char *from = surface_place(texture_of(object), x, y, z, static_cast<int>(sizeof(Type)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
    return texel;
}
template <typename Type>
inline __device__ void surf3Dread(Type *texel, hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf3Dread<Type>(object, x, y, z, mode);
}
