//! needs: sample_texture texture_of
/// CUDA's `tex1D` without texture units.
template <typename T> inline __device__ T tex1D(hipTextureObject_t object, float x) {
    return sample_texture<1, T>(texture_of(object), x, 0.5f, 0.5f);
}
template <typename T> inline __device__ void tex1D(T *texel, hipTextureObject_t object, float x) {
    *texel = tranship::tex1D<T>(object, x);
}
