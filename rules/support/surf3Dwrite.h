//! needs: surface_place texture_of
/// CUDA's `surf3Dwrite` without texture units.
template <typename T>
inline __device__ void surf3Dwrite(T texel, hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, y, z, static_cast<int>(sizeof(T)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(T)), &texel, sizeof(T));
}
