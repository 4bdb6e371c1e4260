//! needs: sample_texture texture_of
/// CUDA's `tex1D` without texture units.
template <typename Type> inline __device__ Type tex1D(hipTextureObject_t object, float x) {
    return sample_texture<1, Type>(texture_of(object), x, 0.5f, 0.5f);
}
template <typename Type> inline __device__ void tex1D(Type *texel, hipTextureObject_t object, float x) {
    *texel = tranship::tex1D<Type>(object, x);
}
