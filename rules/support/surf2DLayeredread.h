//! needs: surface_place texture_of
/// CUDA's `surf2DLayeredread` without texture units.
template <typename T>
inline __device__ T surf2DLayeredread(hipSurfaceObject_t object, int x, int y, int layer, int mode = hipBoundaryModeTrap) {
    T texel = T();
    const char *from = surface_place(texture_of(object), x, y, layer, static_cast<int>(sizeof(T)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
    return texel;
}
template <typename T>
inline __device__ void surf2DLayeredread(T *texel, hipSurfaceObject_t object, int x, int y, int layer, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf2DLayeredread<T>(object, x, y, layer, mode);
}
