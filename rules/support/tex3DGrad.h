//! needs: sample_texture texture_of
/// CUDA's `tex3DGrad` without texture units. The gradients have no effect, because no texture has mipmaps.
template <typename Type>
inline __device__ Type tex3DGrad(hipTextureObject_t object, float x, float y, float z, float4 dx, float4 dy) {
    (void)dx;
    (void)dy;
    return sample_texture<3, Type>(texture_of(object), x, y, z);
}
template <typename Type>
inline __device__ void tex3DGrad(Type *texel, hipTextureObject_t object, float x, float y, float z, float4 dx, float4 dy) {
    *texel = tranship::tex3DGrad<Type>(object, x, y, z, dx, dy);
}
