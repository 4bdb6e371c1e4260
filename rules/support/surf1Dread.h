//! needs: surface_place texture_of
/// CUDA's `surf1Dread` without texture units.
template <typename Type> inline __device__ Type surf1Dread(hipSurfaceObject_t object, int x, int mode = hipBoundaryModeTrap) {
    Type texel = Type();
    const char *from = surface_place(texture_of(object), x, 0, 0, static_cast<int>(sizeof(Type)), mode);
    if (from) __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
    return texel;
}
template <typename Type>
inline __device__ void surf1Dread(Type *texel, hipSurfaceObject_t object, int x, int mode = hipBoundaryModeTrap) {
    *texel = tranship::surf1Dread<Type>(object, x, mode);
}
