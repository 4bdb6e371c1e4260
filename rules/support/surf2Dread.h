//! needs: surface_place texture_of
/// CUDA's `surf2Dread` without texture units.
template <typename T>
inline __device__ T surf2Dread(hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    T texel = T();
    const char *from = surface_place(texture_of(object), x, y, 0, static_cast<int>(sizeof(T)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
    return texel;
}
template <typename T>
inline __device__ void surf2Dread(T *texel, hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf2Dread<T>(object, x, y, mode);
}
