//! needs: sample_texture texture_of
/// CUDA's `tex3DLod` without texture units. The level has no effect, because no texture has mipmaps.
template <typename T> inline __device__ T tex3DLod(hipTextureObject_t object, float x, float y, float z, float level) {
    (void)level;
    return sample_texture<3, T>(texture_of(object), x, y, z);
}
template <typename T>
inline __device__ void tex3DLod(T *texel, hipTextureObject_t object, float x, float y, float z, float level) {
    *texel = tranship::tex3DLod<T>(object, x, y, z, level);
}
