//! needs: software_array
/// Copies `bytes` from one array to another.
inline hipError_t memcpy_array_to_array(hipArray_t to, size_t to_x, size_t to_y, hipArray_const_t from, size_t from_x,
                                        size_t from_y, size_t bytes, hipMemcpyKind kind = hipMemcpyDeviceToDevice) {
    const software_array *target = software_array::of(to), *source = software_array::of(from);
    if (!target || to_y * target->pitch + to_x + bytes > target->bytes) return hipErrorInvalidValue;
    if (!source || from_y * source->pitch + from_x + bytes > source->bytes) return hipErrorInvalidValue;
    return hipMemcpy(target->at(to_x, to_y), source->at(from_x, from_y), bytes, kind);
}
