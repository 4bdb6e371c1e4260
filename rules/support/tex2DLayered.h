//! needs: sample_texture texture_of texture_layer
/// CUDA's `tex2DLayered` without texture units.
template <typename Type> inline __device__ Type tex2DLayered(hipTextureObject_t object, float x, float y, int layer) {
    return sample_texture<2, Type>(texture_of(object), x, y, 0.5f, texture_layer(texture_of(object), layer));
}
template <typename Type>
inline __device__ void tex2DLayered(Type *texel, hipTextureObject_t object, float x, float y, int layer) {
    *texel = tranship::tex2DLayered<Type>(object, x, y, layer);
}
