//! needs: software_array
/// Copies `bytes` to the rows of an array, which have no padding, from a place in bytes and rows on.
inline hipError_t memcpy_to_array_async(hipArray_t to, size_t x, size_t y, const void *from, size_t bytes,
                                        hipMemcpyKind kind, hipStream_t stream = nullptr) {
    const software_array *array = software_array::of(to);
    if (!array || y * array->pitch + x + bytes > array->bytes) return hipErrorInvalidValue;
    return hipMemcpyAsync(array->at(x, y), from, bytes, kind, stream);
}
