//! include: rocsolver/rocsolver.h
/// Writes 0 to `info` in the memory of the GPU if a function of rocSOLVER succeeded that does not write it.
inline rocblas_status solver_info(rocblas_handle handle, int *info, rocblas_status status) {
    hipStream_t stream = nullptr;
    if (status == rocblas_status_success) status = rocblas_get_stream(handle, &stream);
    if (status != rocblas_status_success) return status;
    return hipMemsetAsync(info, 0, sizeof(int), stream) == hipSuccess ? status : rocblas_status_internal_error;
}
