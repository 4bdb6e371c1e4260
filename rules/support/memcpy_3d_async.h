//! needs: without_arrays
/// Copies as `hipMemcpy3DAsync` does, also to and from arrays of `malloc_3d_array`.
inline hipError_t memcpy_3d_async(const hipMemcpy3DParms *parameters, hipStream_t stream = nullptr) {
    if (!parameters) return hipErrorInvalidValue;
    hipMemcpy3DParms copy = *parameters;
    const hipError_t error = without_arrays(copy);
    return error == hipSuccess ? hipMemcpy3DAsync(&copy, stream) : error;
}
