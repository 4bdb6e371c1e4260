//! needs: software_array
/// Copies `height` rows of `width` bytes from an array, from a place in bytes and rows on.
inline hipError_t memcpy_2d_from_array(void *to, size_t pitch, hipArray_const_t from, size_t x, size_t y,
                                       size_t width, size_t height, hipMemcpyKind kind) {
    const software_array *array = software_array::of(from);
    if (!array || x + width > array->pitch || (y + height) * array->pitch > array->bytes) return hipErrorInvalidValue;
    return hipMemcpy2D(to, pitch, array->at(x, y), array->pitch, width, height, kind);
}
