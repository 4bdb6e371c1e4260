//! needs: sample_texture texture_of texture_layer
/// CUDA's `tex1DLayered` without texture units.
template <typename Type> inline __device__ Type tex1DLayered(hipTextureObject_t object, float x, int layer) {
    return sample_texture<1, Type>(texture_of(object), x, 0.5f, 0.5f, texture_layer(texture_of(object), layer));
}
template <typename Type> inline __device__ void tex1DLayered(Type *texel, hipTextureObject_t object, float x, int layer) {
    *texel = tranship::tex1DLayered<Type>(object, x, layer);
}
