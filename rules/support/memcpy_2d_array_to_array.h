//! needs: software_array
/// Copies `height` rows of `width` bytes from one array to another.
inline hipError_t memcpy_2d_array_to_array(hipArray_t to, size_t to_x, size_t to_y, hipArray_const_t from, size_t from_x,
                                           size_t from_y, size_t width, size_t height,
                                           hipMemcpyKind kind = hipMemcpyDeviceToDevice) {
    const software_array *target = software_array::of(to), *source = software_array::of(from);
    if (!target || to_x + width > target->pitch || (to_y + height) * target->pitch > target->bytes) return hipErrorInvalidValue;
    if (!source || from_x + width > source->pitch || (from_y + height) * source->pitch > source->bytes)
        return hipErrorInvalidValue;
    return hipMemcpy2D(target->at(to_x, to_y), target->pitch, source->at(from_x, from_y), source->pitch, width, height, kind);
}
