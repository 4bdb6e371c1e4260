//! needs: software_texture
/// Reads a channel format: 1, 2 or 4 equal channels of 8, 16 or 32 bits. `false` for every other format.
inline bool texture_format(software_texture &to, const hipChannelFormatDesc &format) {
    const int bits[] = {format.x, format.y, format.z, format.w};
    int channels = 0;
    while (channels < 4 && bits[channels] > 0) ++channels;
    for (int at = 0; at < 4; ++at)
        if (bits[at] != (at < channels ? bits[0] : 0)) return false;
    const bool is_number = format.f == hipChannelFormatKindSigned || format.f == hipChannelFormatKindUnsigned;
    const bool is_float = format.f == hipChannelFormatKindFloat && bits[0] != 8;
    if (channels == 0 || channels == 3 || !(is_number || is_float)) return false;
    if (bits[0] != 8 && bits[0] != 16 && bits[0] != 32) return false;
    to.bits = bits[0];
    to.channels = channels;
    to.texel = channels * bits[0] / 8;
    to.kind = format.f;
    return true;
}
