//! needs: mutable_reference channel_format
//! include: climits
//! include: type_traits
/// CUDA's `cudaBindTexture` without texture units. The offset is always 0. As in CUDA, a texture has at most 2^27 texels.
template <typename Reference, typename Format,
          typename std::enable_if<!std::is_convertible<Format, size_t>::value, int>::type = 0>
inline hipError_t bind_texture(size_t *offset, const Reference &to, const void *memory, const Format &format,
                               size_t size = UINT_MAX) {
    hipResourceDesc resource = hipResourceDesc();
    resource.resType = hipResourceTypeLinear;
    resource.res.linear.devPtr = const_cast<void *>(memory);
    resource.res.linear.desc = channel_format(format);
    const hipChannelFormatDesc &bits = resource.res.linear.desc;
    const size_t texel = static_cast<size_t>(bits.x + bits.y + bits.z + bits.w) / CHAR_BIT;
    const size_t most = texel << 27;
    resource.res.linear.sizeInBytes = size < most ? size : most;
    if (offset) *offset = 0;
    return mutable_reference(to).bind(resource);
}
template <typename Reference>
inline hipError_t bind_texture(size_t *offset, const Reference &to, const void *memory, size_t size = UINT_MAX) {
    return tranship::bind_texture(offset, to, memory, mutable_reference(to).channelDesc, size);
}
