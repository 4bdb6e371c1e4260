//! needs: surface_place texture_of
/// CUDA's `surf2Dwrite` without texture units.
template <typename T>
inline __device__ void surf2Dwrite(T texel, hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, y, 0, static_cast<int>(sizeof(T)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(T)), &texel, sizeof(T));
}
