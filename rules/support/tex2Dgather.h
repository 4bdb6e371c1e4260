//! needs: texture_axis texel_of texture_of channel_type
/// CUDA's `tex2Dgather` without texture units: one channel of the four texels that a linear filter reads. Their order is
/// counter-clockwise, and the first one is at the lower left.
template <typename T> inline __device__ T tex2Dgather(hipTextureObject_t object, float x, float y, int channel = 0) {
    using E = typename channel_type<T>::type;
    static_assert(sizeof(T) == 4 * sizeof(E), "a gather returns four values");
    const software_texture &texture = texture_of(object);
    const texture_axis column(texture, 0, texture.width, x, true), row(texture, 1, texture.height, y, true);
    E gathered[4];
    for (int at = 0; at < 4; ++at) {
        const int at_x = at == 1 || at == 2 ? column.high : column.low, at_y = at < 2 ? row.high : row.low;
        const T texel = texel_of<T>(texture, at_x, at_y, 0);
        __builtin_memcpy(&gathered[at], reinterpret_cast<const char *>(&texel) + (channel & 3) * sizeof(E), sizeof(E));
    }
    T all;
    __builtin_memcpy(&all, gathered, sizeof(T));
    return all;
}
template <typename T>
inline __device__ void tex2Dgather(T *all, hipTextureObject_t object, float x, float y, int channel = 0) {
    *all = tranship::tex2Dgather<T>(object, x, y, channel);
}
