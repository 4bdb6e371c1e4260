//! needs: software_texture
/// The nearest layer that the texture has.
inline __device__ int texture_layer(const software_texture &texture, int layer) {
    return layer < 0 ? 0 : layer < texture.depth ? layer : texture.depth - 1;
}
