//! needs: software_texture half_value
/// One channel at `from`, as a fetch returns it: a fraction, the value of a half, or the bits or number that are stored.
template <typename Channel> inline __device__ Channel read_channel(const software_texture &texture, const char *from) {
    if (texture.bits == 32) {
        Channel value = Channel();
        __builtin_memcpy(&value, from, sizeof(Channel) < 4 ? sizeof(Channel) : 4);
        return value;
    }
    unsigned bits = static_cast<unsigned char>(from[0]);
    if (texture.bits == 16) bits |= static_cast<unsigned>(static_cast<unsigned char>(from[1])) << 8;
    if (texture.kind == hipChannelFormatKindFloat) return static_cast<Channel>(half_value(bits));
    const bool is_signed = texture.kind == hipChannelFormatKindSigned;
    const int unused = 32 - texture.bits;
    const int number = is_signed ? static_cast<int>(bits << unused) >> unused : static_cast<int>(bits);
    if (!texture.scaled) return static_cast<Channel>(number);
    const int most = (1 << (texture.bits - (is_signed ? 1 : 0))) - 1;
    const float fraction = static_cast<float>(number) / static_cast<float>(most);
    return static_cast<Channel>(fraction < -1.0f ? -1.0f : fraction);
}
