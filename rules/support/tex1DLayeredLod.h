//! needs: sample_texture texture_of texture_layer
/// CUDA's `tex1DLayeredLod` without texture units. The level has no effect.
template <typename T> inline __device__ T tex1DLayeredLod(hipTextureObject_t object, float x, int layer, float level) {
    (void)level;
    return sample_texture<1, T>(texture_of(object), x, 0.5f, 0.5f, texture_layer(texture_of(object), layer));
}
template <typename T>
inline __device__ void tex1DLayeredLod(T *texel, hipTextureObject_t object, float x, int layer, float level) {
    *texel = tranship::tex1DLayeredLod<T>(object, x, layer, level);
}
