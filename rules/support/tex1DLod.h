//! needs: sample_texture texture_of
/// CUDA's `tex1DLod` without texture units. The level has no effect, because no texture has mipmaps.
template <typename Type> inline __device__ Type tex1DLod(hipTextureObject_t object, float x, float level) {
    (void)level;
    return sample_texture<1, Type>(texture_of(object), x, 0.5f, 0.5f);
}
template <typename Type> inline __device__ void tex1DLod(Type *texel, hipTextureObject_t object, float x, float level) {
    *texel = tranship::tex1DLod<Type>(object, x, level);
}
