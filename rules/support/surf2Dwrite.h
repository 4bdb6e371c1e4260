//! needs: surface_place texture_of
/// CUDA's `surf2Dwrite` without texture units.
template <typename Type>
inline __device__ void surf2Dwrite(Type texel, hipSurfaceObject_t object, int x, int y, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, y, 0, static_cast<int>(sizeof(Type)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(Type)), &texel, sizeof(Type));
}
