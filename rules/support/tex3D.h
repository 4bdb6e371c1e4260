//! needs: sample_texture texture_of
/// CUDA's `tex3D` without texture units.
template <typename T> inline __device__ T tex3D(hipTextureObject_t object, float x, float y, float z) {
    return sample_texture<3, T>(texture_of(object), x, y, z);
}
template <typename T> inline __device__ void tex3D(T *texel, hipTextureObject_t object, float x, float y, float z) {
    *texel = tranship::tex3D<T>(object, x, y, z);
}
