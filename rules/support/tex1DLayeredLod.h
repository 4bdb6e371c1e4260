//! needs: sample_texture texture_of texture_layer
/// CUDA's `tex1DLayeredLod` without texture units. The level has no effect.
template <typename Type> inline __device__ Type tex1DLayeredLod(hipTextureObject_t object, float x, int layer, float level) {
    (void)level;
    return sample_texture<1, Type>(texture_of(object), x, 0.5f, 0.5f, texture_layer(texture_of(object), layer));
}
template <typename Type>
inline __device__ void tex1DLayeredLod(Type *texel, hipTextureObject_t object, float x, int layer, float level) {
    *texel = tranship::tex1DLayeredLod<Type>(object, x, layer, level);
}
