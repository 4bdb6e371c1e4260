//! needs: software_array
/// Frees an array of `malloc_array` or `malloc_3d_array`.
inline hipError_t free_array(hipArray_t handle) {
    if (!handle) return hipSuccess;
    software_array *array = software_array::of(handle);
    if (!array) return hipFreeArray(handle);
    const hipError_t error = hipFree(array->data);
    array->mark = 0;
    delete array;
    return error;
}
