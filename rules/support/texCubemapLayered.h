//! needs: sample_texture texture_of cube_face
/// CUDA's `texCubemapLayered` without texture units. It does not filter across the edges of a face.
template <typename Type>
inline __device__ Type texCubemapLayered(hipTextureObject_t object, float x, float y, float z, int layer) {
    const software_texture &texture = texture_of(object);
    const int last = texture.depth / 6 - 1;
    const cube_face face(x, y, z);
    const int first = 6 * (layer < 0 ? 0 : layer < last ? layer : last);
    return sample_texture<2, Type>(texture, face.s, face.t, 0.5f, first + face.number);
}
template <typename Type>
inline __device__ void texCubemapLayered(Type *texel, hipTextureObject_t object, float x, float y, float z, int layer) {
    *texel = tranship::texCubemapLayered<Type>(object, x, y, z, layer);
}
