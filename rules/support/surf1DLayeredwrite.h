//! needs: surface_place texture_of
/// CUDA's `surf1DLayeredwrite` without texture units.
template <typename Type>
inline __device__ void surf1DLayeredwrite(Type texel, hipSurfaceObject_t object, int x, int layer, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, 0, layer, static_cast<int>(sizeof(Type)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(Type)), &texel, sizeof(Type));
}
