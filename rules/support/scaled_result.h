//! needs: miopen_scale
/// Computes `out = alpha * result + beta * out`, where `compute(to)` writes `result` to `to`. MIOpen writes only the result
/// itself; for other factors than 1 and 0 the result goes to memory of its own, so the call waits for the device.
template <typename Compute>
miopenStatus_t scaled_result(miopenHandle_t handle, const void *alpha, const void *beta, miopenTensorDescriptor_t desc,
                             void *out, Compute compute) {
    float scale = 1.0f, kept = 0.0f;
    const float zero = 0.0f;
    miopenStatus_t status = miopen_scale(scale, desc, alpha);
    if (status == miopenStatusSuccess) status = miopen_scale(kept, desc, beta);
    if (status != miopenStatusSuccess) return status;
    if (scale == 1.0f && kept == 0.0f) return compute(out);
    size_t bytes = 0;
    status = miopenGetTensorNumBytes(desc, &bytes);
    if (status != miopenStatusSuccess) return status;
    void *result = nullptr;
    if (hipMalloc(&result, bytes) != hipSuccess) return miopenStatusAllocFailed;
    status = compute(result);
    if (status == miopenStatusSuccess && kept == 0.0f) {
        // An operation that reads `out` would keep its NaNs.
        status = miopenOpTensor(handle, miopenTensorOpAdd, &scale, desc, result, &zero, desc, result, &zero, desc, out);
    } else if (status == miopenStatusSuccess) {
        status = miopenOpTensor(handle, miopenTensorOpAdd, &scale, desc, result, &kept, desc, out, &zero, desc, out);
    }
    hipStream_t stream = nullptr;
    const bool waited = miopenGetStream(handle, &stream) == miopenStatusSuccess && hipStreamSynchronize(stream) == hipSuccess;
    const bool freed = hipFree(result) == hipSuccess;
    return status != miopenStatusSuccess || (waited && freed) ? status : miopenStatusInternalError;
}
