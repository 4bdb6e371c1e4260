//! needs: software_array
/// Copies `bytes` from the rows of an array, which have no padding, from a place in bytes and rows on.
inline hipError_t memcpy_from_array(void *to, hipArray_const_t from, size_t x, size_t y, size_t bytes, hipMemcpyKind kind) {
    const software_array *array = software_array::of(from);
    if (!array || y * array->pitch + x + bytes > array->bytes) return hipErrorInvalidValue;
    return hipMemcpy(to, array->at(x, y), bytes, kind);
}
