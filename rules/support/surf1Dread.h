//! needs: surface_place texture_of
/// CUDA's `surf1Dread` without texture units.
template <typename T> inline __device__ T surf1Dread(hipSurfaceObject_t object, int x, int mode = hipBoundaryModeTrap) {
    T texel = T();
    const char *from = surface_place(texture_of(object), x, 0, 0, static_cast<int>(sizeof(T)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
    return texel;
}
template <typename T>
inline __device__ void surf1Dread(T *texel, hipSurfaceObject_t object, int x, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf1Dread<T>(object, x, mode);
}
