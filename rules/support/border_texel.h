//! needs: software_texture channel_type
/// The colour outside of a texture with borders: floats as they are, and integers from the bits of the floats.
template <typename T> inline __device__ void border_texel(const software_texture &texture, T &texel) {
    using E = typename channel_type<T>::type;
    E channels[sizeof(T) / sizeof(E)];
    for (unsigned at = 0; at < sizeof(T) / sizeof(E); ++at) {
        channels[at] = E();
        __builtin_memcpy(&channels[at], &texture.border[at], sizeof(E) < 4 ? sizeof(E) : 4);
    }
    __builtin_memcpy(&texel, channels, sizeof(T));
}
