//! needs: sample_texture texture_of cube_face
/// CUDA's `texCubemapLayered` without texture units. It does not filter across the edges of a face.
template <typename T>
inline __device__ T texCubemapLayered(hipTextureObject_t object, float x, float y, float z, int layer) {
    const software_texture &texture = texture_of(object);
    const int last = texture.depth / 6 - 1;
    const cube_face face(x, y, z);
    const int first = 6 * (layer < 0 ? 0 : layer < last ? layer : last);
    return sample_texture<2, T>(texture, face.s, face.t, 0.5f, first + face.number);
}
template <typename T>
inline __device__ void texCubemapLayered(T *texel, hipTextureObject_t object, float x, float y, float z, int layer) {
    *texel = tranship::texCubemapLayered<T>(object, x, y, z, layer);
}
