//! needs: software_array
/// Copies `height` rows of `width` bytes to an array, from a place in bytes and rows on.
inline hipError_t memcpy_2d_to_array(hipArray_t to, size_t x, size_t y, const void *from, size_t pitch, size_t width,
                                     size_t height, hipMemcpyKind kind) {
    const software_array *array = software_array::of(to);
    if (!array || x + width > array->pitch || (y + height) * array->pitch > array->bytes) return hipErrorInvalidValue;
    return hipMemcpy2D(array->at(x, y), array->pitch, from, pitch, width, height, kind);
}
