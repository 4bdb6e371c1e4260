//! needs: surface_place texture_of
/// CUDA's `surf1Dwrite` without texture units.
template <typename T>
inline __device__ void surf1Dwrite(T texel, hipSurfaceObject_t object, int x, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, 0, 0, static_cast<int>(sizeof(T)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(T)), &texel, sizeof(T));
}
