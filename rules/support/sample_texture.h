//! needs: software_texture texture_axis texel_of blend_texels
/// A fetch with coordinates in 1, 2 or 3 dimensions. In the other dimensions it reads row 0 and slice `layer`.
template <int Dimensions, typename Type>
inline __device__ Type sample_texture(const software_texture &texture, float x, float y, float z, int layer = 0) {
    using Channel = typename channel_type<Type>::type;
    const texture_axis column(texture, 0, texture.width, x);
    const texture_axis row(texture, 1, texture.height, Dimensions > 1 ? y : 0.5f);
    const texture_axis slice(texture, 2, texture.depth, Dimensions > 2 ? z : 0.5f);
    if (!texture.linear) {
        return texel_of<Type>(texture, column.low, Dimensions > 1 ? row.low : 0, Dimensions > 2 ? slice.low : layer);
    }
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int corner = 0; corner < 1 << Dimensions; ++corner) {
        const bool right = corner & 1, down = corner & 2, behind = corner & 4;
        float weight = right ? column.weight : 1.0f - column.weight;
        if (Dimensions > 1) weight *= down ? row.weight : 1.0f - row.weight;
        if (Dimensions > 2) weight *= behind ? slice.weight : 1.0f - slice.weight;
        const int at_x = right ? column.high : column.low;
        const int at_y = Dimensions < 2 ? 0 : down ? row.high : row.low;
        const int at_z = Dimensions < 3 ? layer : behind ? slice.high : slice.low;
        blend_texels(sum, texel_of<Type>(texture, at_x, at_y, at_z), weight);
    }
    Channel channels[sizeof(Type) / sizeof(Channel)];
    for (unsigned at = 0; at < sizeof(Type) / sizeof(Channel); ++at) channels[at] = static_cast<Channel>(sum[at]);
    Type texel;
    __builtin_memcpy(&texel, channels, sizeof(Type));
    return texel;
}
