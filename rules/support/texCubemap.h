//! needs: sample_texture texture_of cube_face
/// CUDA's `texCubemap` without texture units. It does not filter across the edges of a face.
template <typename Type> inline __device__ Type texCubemap(hipTextureObject_t object, float x, float y, float z) {
    const cube_face face(x, y, z);
    return sample_texture<2, Type>(texture_of(object), face.s, face.t, 0.5f, face.number);
}
template <typename Type>
inline __device__ void texCubemap(Type *texel, hipTextureObject_t object, float x, float y, float z) {
    *texel = tranship::texCubemap<Type>(object, x, y, z);
}
