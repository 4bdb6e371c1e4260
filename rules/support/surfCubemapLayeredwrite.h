//! needs: surface_place texture_of
/// CUDA's `surfCubemapLayeredwrite` without texture units.
template <typename Type>
inline __device__ void surfCubemapLayeredwrite(Type texel, hipSurfaceObject_t object, int x, int y, int face, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, y, face, static_cast<int>(sizeof(Type)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(Type)), &texel, sizeof(Type));
}
