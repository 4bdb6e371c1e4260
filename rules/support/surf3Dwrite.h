//! needs: surface_place texture_of
/// CUDA's `surf3Dwrite` without texture units.
template <typename Type>
inline __device__ void surf3Dwrite(Type texel, hipSurfaceObject_t object, int x, int y, int z, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, y, z, static_cast<int>(sizeof(Type)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(Type)), &texel, sizeof(Type));
}
