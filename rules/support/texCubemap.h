//! needs: sample_texture texture_of cube_face
/// CUDA's `texCubemap` without texture units. It does not filter across the edges of a face.
template <typename T> inline __device__ T texCubemap(hipTextureObject_t object, float x, float y, float z) {
    const cube_face face(x, y, z);
    return sample_texture<2, T>(texture_of(object), face.s, face.t, 0.5f, face.number);
}
template <typename T>
inline __device__ void texCubemap(T *texel, hipTextureObject_t object, float x, float y, float z) {
    *texel = tranship::texCubemap<T>(object, x, y, z);
}
