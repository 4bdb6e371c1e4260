//! needs: texture_axis texel_of texture_of channel_type
/// CUDA's `tex2Dgather` without texture units: one channel of the four texels that a linear filter reads. Their order is
/// counter-clockwise, and the first one is at the lower left.
template <typename Type> inline __device__ Type tex2Dgather(hipTextureObject_t object, float x, float y, int channel = 0) {
    using Channel = typename channel_type<Type>::type;
    static_assert(sizeof(Type) == 4 * sizeof(Channel), "a gather returns four values");
    const software_texture &texture = texture_of(object);
    const texture_axis column(texture, 0, texture.width, x, true), row(texture, 1, texture.height, y, true);
    Channel gathered[4];
    for (int at = 0; at < 4; ++at) {
        const int at_x = at == 1 || at == 2 ? column.high : column.low, at_y = at < 2 ? row.high : row.low;
        const Type texel = texel_of<Type>(texture, at_x, at_y, 0);
        __builtin_memcpy(&gathered[at], reinterpret_cast<const char *>(&texel) + (channel & 3) * sizeof(Channel), sizeof(Channel));
    }
    Type all;
    __builtin_memcpy(&all, gathered, sizeof(Type));
    return all;
}
template <typename Type>
inline __device__ void tex2Dgather(Type *all, hipTextureObject_t object, float x, float y, int channel = 0) {
    *all = tranship::tex2Dgather<Type>(object, x, y, channel);
}
