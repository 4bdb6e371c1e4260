//! needs: software_texture texture_of texel_of
/// A texel of linear memory by its index; 0 outside of the memory.
template <typename T> inline __device__ T tex1Dfetch(hipTextureObject_t object, int x) {
    const software_texture &texture = texture_of(object);
    return texel_of<T>(texture, x >= 0 && x < texture.width ? x : -1, 0, 0);
}
template <typename T> inline __device__ void tex1Dfetch(T *texel, hipTextureObject_t object, int x) {
    *texel = tranship::tex1Dfetch<T>(object, x);
}
