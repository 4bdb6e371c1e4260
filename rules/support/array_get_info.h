//! needs: software_array
/// The format, extents and flags of an array.
inline hipError_t array_get_info(hipChannelFormatDesc *format, hipExtent *extent, unsigned *flags, hipArray_t handle) {
    const software_array *array = software_array::of(handle);
    if (!array) return hipErrorInvalidValue;
    if (format) *format = array->format;
    if (extent) *extent = array->extent;
    if (flags) *flags = array->flags;
    return hipSuccess;
}
