//! needs: sample_texture texture_of
/// CUDA's `tex3D` without texture units.
template <typename Type> inline __device__ Type tex3D(hipTextureObject_t object, float x, float y, float z) {
    return sample_texture<3, Type>(texture_of(object), x, y, z);
}
template <typename Type> inline __device__ void tex3D(Type *texel, hipTextureObject_t object, float x, float y, float z) {
    *texel = tranship::tex3D<Type>(object, x, y, z);
}
