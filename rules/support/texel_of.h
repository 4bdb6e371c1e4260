//! needs: read_texel border_texel
/// The texel in a column, row and slice, or the colour of the border if one of them is -1.
template <typename Type> inline __device__ Type texel_of(const software_texture &texture, int x, int y, int z) {
    Type texel;
    if (x < 0 || y < 0 || z < 0) {
        border_texel(texture, texel);
    } else {
        const size_t offset = static_cast<size_t>(z) * texture.slice + static_cast<size_t>(y) * texture.pitch;
        read_texel(texture, texture.data + offset + static_cast<size_t>(x) * texture.texel, texel);
    }
    return texel;
}
