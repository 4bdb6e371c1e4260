//! needs: sample_texture texture_of
/// CUDA's `tex2DLod` without texture units. The level has no effect, because no texture has mipmaps.
template <typename Type> inline __device__ Type tex2DLod(hipTextureObject_t object, float x, float y, float level) {
    (void)level;
    return sample_texture<2, Type>(texture_of(object), x, y, 0.5f);
}
template <typename Type>
inline __device__ void tex2DLod(Type *texel, hipTextureObject_t object, float x, float y, float level) {
    *texel = tranship::tex2DLod<Type>(object, x, y, level);
}
