//! needs: surface_place texture_of
/// CUDA's `surf1DLayeredwrite` without texture units.
template <typename T>
inline __device__ void surf1DLayeredwrite(T texel, hipSurfaceObject_t object, int x, int layer, int mode = hipBoundaryModeTrap) {
    char *to = surface_place(texture_of(object), x, 0, layer, static_cast<int>(sizeof(T)), mode);
    if (to) __builtin_memcpy(__builtin_assume_aligned(to, alignof(T)), &texel, sizeof(T));
}
