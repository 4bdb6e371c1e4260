//! needs: without_arrays
/// Copies as `hipMemcpy3D` does, also to and from arrays of `malloc_3d_array`.
inline hipError_t memcpy_3d(const hipMemcpy3DParms *parameters) {
    if (!parameters) return hipErrorInvalidValue;
    hipMemcpy3DParms copy = *parameters;
    const hipError_t error = without_arrays(copy);
    return error == hipSuccess ? hipMemcpy3D(&copy) : error;
}
