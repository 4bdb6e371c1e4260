//! needs: software_array
/// The format of an array.
inline hipError_t get_channel_desc(hipChannelFormatDesc *format, hipArray_const_t handle) {
    const software_array *array = software_array::of(handle);
    if (!array || !format) return hipErrorInvalidValue;
    *format = array->format;
    return hipSuccess;
}
