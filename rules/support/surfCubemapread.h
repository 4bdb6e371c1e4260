//! needs: surface_place texture_of
/// CUDA's `surfCubemapread` without texture units.
template <typename T>
inline __device__ T surfCubemapread(hipSurfaceObject_t object, int x, int y, int face, int mode = hipBoundaryModeTrap) {
    T texel = T();
    const char *from = surface_place(texture_of(object), x, y, face, static_cast<int>(sizeof(T)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
    return texel;
}
template <typename T>
inline __device__ void surfCubemapread(T *texel, hipSurfaceObject_t object, int x, int y, int face, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surfCubemapread<T>(object, x, y, face, mode);
}
