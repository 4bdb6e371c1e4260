//! needs: sample_texture texture_of
/// CUDA's `tex2DGrad` without texture units. The gradients have no effect, because no texture has mipmaps.
template <typename Type> inline __device__ Type tex2DGrad(hipTextureObject_t object, float x, float y, float2 dx, float2 dy) {
    (void)dx;
    (void)dy;
    return sample_texture<2, Type>(texture_of(object), x, y, 0.5f);
}
template <typename Type>
inline __device__ void tex2DGrad(Type *texel, hipTextureObject_t object, float x, float y, float2 dx, float2 dy) {
    *texel = tranship::tex2DGrad<Type>(object, x, y, dx, dy);
}
