//! needs: malloc_3d_array
/// Allocates an array with one or two dimensions.
inline hipError_t malloc_array(hipArray_t *array, const hipChannelFormatDesc *format, size_t width, size_t height = 0,
                               unsigned flags = 0) {
    return malloc_3d_array(array, format, make_hipExtent(width, height, 0), flags);
}
