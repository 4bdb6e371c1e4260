//! needs: sample_texture texture_of
/// CUDA's `tex2D` without texture units.
template <typename Type> inline __device__ Type tex2D(hipTextureObject_t object, float x, float y) {
    return sample_texture<2, Type>(texture_of(object), x, y, 0.5f);
}
template <typename Type> inline __device__ void tex2D(Type *texel, hipTextureObject_t object, float x, float y) {
    *texel = tranship::tex2D<Type>(object, x, y);
}
