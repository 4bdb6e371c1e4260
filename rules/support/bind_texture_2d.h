//! needs: mutable_reference channel_format
/// CUDA's `cudaBindTexture2D` without texture units. The offset is always 0.
template <typename Reference, typename Format>
inline hipError_t bind_texture_2d(size_t *offset, const Reference &to, const void *memory, const Format &format,
                                  size_t width, size_t height, size_t pitch) {
    hipResourceDesc resource = hipResourceDesc();
    resource.resType = hipResourceTypePitch2D;
    resource.res.pitch2D.devPtr = const_cast<void *>(memory);
    resource.res.pitch2D.desc = channel_format(format);
    resource.res.pitch2D.width = width;
    resource.res.pitch2D.height = height;
    resource.res.pitch2D.pitchInBytes = pitch;
    if (offset) *offset = 0;
    return mutable_reference(to).bind(resource);
}
template <typename Reference>
inline hipError_t bind_texture_2d(size_t *offset, const Reference &to, const void *memory, size_t width, size_t height,
                                  size_t pitch) {
    return tranship::bind_texture_2d(offset, to, memory, mutable_reference(to).channelDesc, width, height, pitch);
}
