//! needs: sample_texture texture_of
/// CUDA's `tex3DGrad` without texture units. The gradients have no effect, because no texture has mipmaps.
template <typename T>
inline __device__ T tex3DGrad(hipTextureObject_t object, float x, float y, float z, float4 dx, float4 dy) {
    (void)dx;
    (void)dy;
    return sample_texture<3, T>(texture_of(object), x, y, z);
}
template <typename T>
inline __device__ void tex3DGrad(T *texel, hipTextureObject_t object, float x, float y, float z, float4 dx, float4 dy) {
    *texel = tranship::tex3DGrad<T>(object, x, y, z, dx, dy);
}
