//! needs: software_texture
/// The layer that a fetch reads. The number of a layer is unsigned, so the last layer is read for a negative one.
inline __device__ int texture_layer(const software_texture &texture, int layer) {
    return static_cast<unsigned>(layer) < static_cast<unsigned>(texture.depth) ? layer : texture.depth - 1;
}
