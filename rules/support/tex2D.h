//! needs: sample_texture texture_of
/// CUDA's `tex2D` without texture units.
template <typename T> inline __device__ T tex2D(hipTextureObject_t object, float x, float y) {
    return sample_texture<2, T>(texture_of(object), x, y, 0.5f);
}
template <typename T> inline __device__ void tex2D(T *texel, hipTextureObject_t object, float x, float y) {
    *texel = tranship::tex2D<T>(object, x, y);
}
