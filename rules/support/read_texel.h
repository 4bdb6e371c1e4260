//! needs: channel_type read_channel
/// The channels of the texel at `from` in `channels`; channels that the texture does not have are 0.
template <typename T> inline __device__ void read_texel(const software_texture &texture, const char *from, T &texel) {
    using E = typename channel_type<T>::type;
    if (texture.plain && texture.texel == static_cast<int>(sizeof(T))) {
        __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(T)), sizeof(T));
        return;
    }
    E channels[sizeof(T) / sizeof(E)];
    for (unsigned at = 0; at < sizeof(T) / sizeof(E); ++at)
        channels[at] = static_cast<int>(at) < texture.channels ? read_channel<E>(texture, from + at * (texture.bits / 8)) : E();
    __builtin_memcpy(&texel, channels, sizeof(T));
}
