//! needs: surface_place texture_of
/// CUDA's `surf3Dread` without texture units.
template <typename T>
inline __device__ T surf3Dread(hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    T texel = T();
    const char *from = surface_place(texture_of(object), x, y, z, static_cast<int>(sizeof(T)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
    return texel;
}
template <typename T>
inline __device__ void surf3Dread(T *texel, hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf3Dread<T>(object, x, y, z, mode);
}
