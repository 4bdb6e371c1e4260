/// A channel format, which is a pointer in CUDA's functions for C.
inline auto channel_format(const hipChannelFormatDesc &format) -> const hipChannelFormatDesc & {
    return format;
}
inline auto channel_format(const hipChannelFormatDesc *format) -> const hipChannelFormatDesc & {
    return *format;
}
