//! needs: software_array texture_format
/// Allocates an array. A depth is a number of slices, or of layers.
inline hipError_t malloc_3d_array(hipArray_t *array, const hipChannelFormatDesc *format, hipExtent extent, unsigned flags = 0) {
    software_texture texel;
    if (!array || !format || extent.width == 0 || !texture_format(texel, *format)) return hipErrorInvalidValue;
    const size_t rows = extent.height > 0 ? extent.height : 1, slices = extent.depth > 0 ? extent.depth : 1;
    const size_t pitch = extent.width * texel.texel;
    void *data = nullptr;
    const hipError_t error = hipMalloc(&data, pitch * rows * slices);
    if (error != hipSuccess) return error;
    auto *made = new software_array{software_array::Mark, static_cast<char *>(data), extent,  pitch,       pitch * rows,
                                    pitch * rows * slices,  flags,                     *format, texel.texel};
    *array = static_cast<hipArray_t>(static_cast<void *>(made));
    return hipSuccess;
}
