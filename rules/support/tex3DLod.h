//! needs: sample_texture texture_of
/// CUDA's `tex3DLod` without texture units. The level has no effect, because no texture has mipmaps.
template <typename Type> inline __device__ Type tex3DLod(hipTextureObject_t object, float x, float y, float z, float level) {
    (void)level;
    return sample_texture<3, Type>(texture_of(object), x, y, z);
}
template <typename Type>
inline __device__ void tex3DLod(Type *texel, hipTextureObject_t object, float x, float y, float z, float level) {
    *texel = tranship::tex3DLod<Type>(object, x, y, z, level);
}
