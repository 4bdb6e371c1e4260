//! needs: software_texture channel_type
/// The colour outside of a texture with borders: floats as they are, and integers from the bits of the floats.
template <typename Type> inline __device__ void border_texel(const software_texture &texture, Type &texel) {
    using Channel = typename channel_type<Type>::type;
    Channel channels[sizeof(Type) / sizeof(Channel)];
    for (unsigned at = 0; at < sizeof(Type) / sizeof(Channel); ++at) {
        channels[at] = Channel();
        __builtin_memcpy(&channels[at], &texture.border[at], sizeof(Channel) < 4 ? sizeof(Channel) : 4);
    }
    __builtin_memcpy(&texel, channels, sizeof(Type));
}
