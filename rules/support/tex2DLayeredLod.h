//! needs: sample_texture texture_of texture_layer
/// CUDA's `tex2DLayeredLod` without texture units. The level has no effect.
template <typename Type>
inline __device__ Type tex2DLayeredLod(hipTextureObject_t object, float x, float y, int layer, float level) {
    (void)level;
    return sample_texture<2, Type>(texture_of(object), x, y, 0.5f, texture_layer(texture_of(object), layer));
}
template <typename Type>
inline __device__ void tex2DLayeredLod(Type *texel, hipTextureObject_t object, float x, float y, int layer, float level) {
    *texel = tranship::tex2DLayeredLod<Type>(object, x, y, layer, level);
}
