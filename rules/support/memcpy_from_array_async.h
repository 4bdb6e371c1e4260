//! needs: software_array
/// Copies `bytes` from the rows of an array, which have no padding, from a place in bytes and rows on.
inline hipError_t memcpy_from_array_async(void *to, hipArray_const_t from, size_t x, size_t y, size_t bytes,
                                          hipMemcpyKind kind, hipStream_t stream = nullptr) {
    const software_array *array = software_array::of(from);
    if (!array || y * array->pitch + x + bytes > array->bytes) return hipErrorInvalidValue;
    return hipMemcpyAsync(to, array->at(x, y), bytes, kind, stream);
}
