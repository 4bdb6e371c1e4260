//! needs: sample_texture texture_of
/// CUDA's `tex1DGrad` without texture units. The gradients have no effect, because no texture has mipmaps.
template <typename Type> inline __device__ Type tex1DGrad(hipTextureObject_t object, float x, float dx, float dy) {
    (void)dx;
    (void)dy;
    return sample_texture<1, Type>(texture_of(object), x, 0.5f, 0.5f);
}
template <typename Type>
inline __device__ void tex1DGrad(Type *texel, hipTextureObject_t object, float x, float dx, float dy) {
    *texel = tranship::tex1DGrad<Type>(object, x, dx, dy);
}
