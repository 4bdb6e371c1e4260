//! needs: software_texture half_value
/// One channel at `from`, as a fetch returns it: a fraction, the value of a half, or the bits or number that are stored.
template <typename E> inline __device__ E read_channel(const software_texture &texture, const char *from) {
    if (texture.bits == 32) {
        E value = E();
        __builtin_memcpy(&value, from, sizeof(E) < 4 ? sizeof(E) : 4);
        return value;
    }
    unsigned bits = static_cast<unsigned char>(from[0]);
    if (texture.bits == 16) bits |= static_cast<unsigned>(static_cast<unsigned char>(from[1])) << 8;
    if (texture.kind == hipChannelFormatKindFloat) return static_cast<E>(half_value(bits));
    const bool is_signed = texture.kind == hipChannelFormatKindSigned;
    const int unused = 32 - texture.bits;
    const int number = is_signed ? static_cast<int>(bits << unused) >> unused : static_cast<int>(bits);
    if (!texture.scaled) return static_cast<E>(number);
    const int most = (1 << (texture.bits - (is_signed ? 1 : 0))) - 1;
    const float fraction = static_cast<float>(number) / static_cast<float>(most);
    return static_cast<E>(fraction < -1.0f ? -1.0f : fraction);
}
