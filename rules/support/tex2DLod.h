//! needs: sample_texture texture_of
/// CUDA's `tex2DLod` without texture units. The level has no effect, because no texture has mipmaps.
template <typename T> inline __device__ T tex2DLod(hipTextureObject_t object, float x, float y, float level) {
    (void)level;
    return sample_texture<2, T>(texture_of(object), x, y, 0.5f);
}
template <typename T>
inline __device__ void tex2DLod(T *texel, hipTextureObject_t object, float x, float y, float level) {
    *texel = tranship::tex2DLod<T>(object, x, y, level);
}
