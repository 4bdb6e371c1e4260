//! needs: channel_type read_channel
/// The channels of the texel at `from` in `channels`; channels that the texture does not have are 0.
template <typename Type> inline __device__ void read_texel(const software_texture &texture, const char *from, Type &texel) {
    using Channel = typename channel_type<Type>::type;
    if (texture.plain && texture.texel == static_cast<int>(sizeof(Type))) {
        __builtin_memcpy(&texel, __builtin_assume_aligned(from, alignof(Type)), sizeof(Type));
        return;
    }
    Channel channels[sizeof(Type) / sizeof(Channel)];
    for (unsigned at = 0; at < sizeof(Type) / sizeof(Channel); ++at)
        channels[at] = static_cast<int>(at) < texture.channels ? read_channel<Channel>(texture, from + at * (texture.bits / 8)) : Channel();
    __builtin_memcpy(&texel, channels, sizeof(Type));
}
