//! needs: software_texture texture_of texel_of
/// A texel of linear memory by its index; 0 outside of the memory.
template <typename Type> inline __device__ Type tex1Dfetch(hipTextureObject_t object, int x) {
    const software_texture &texture = texture_of(object);
    return texel_of<Type>(texture, x >= 0 && x < texture.width ? x : -1, 0, 0);
}
template <typename Type> inline __device__ void tex1Dfetch(Type *texel, hipTextureObject_t object, int x) {
    *texel = tranship::tex1Dfetch<Type>(object, x);
}
