//! needs: scaled_result device_memory
/// The backward pass of normalization across channels. MIOpen's forward pass writes a workspace for it, and cuDNN has no such
/// memory, so the forward pass runs again. The call waits for the stream.
inline miopenStatus_t lrn_backward(miopenHandle_t handle, miopenLRNDescriptor_t lrn, miopenLRNMode_t, const void *alpha,
                                   miopenTensorDescriptor_t y_desc, const void *y, miopenTensorDescriptor_t dy_desc,
                                   const void *dy, miopenTensorDescriptor_t x_desc, const void *x, const void *beta,
                                   miopenTensorDescriptor_t dx_desc, void *dx) {
    const float one = 1.0f, zero = 0.0f;
    size_t places = 0, bytes = 0;
    miopenStatus_t status = miopenLRNGetWorkSpaceSize(y_desc, &places);
    if (status == miopenStatusSuccess) status = miopenGetTensorNumBytes(y_desc, &bytes);
    if (status != miopenStatusSuccess) return status;
    device_memory workspace(handle), again(handle);
    if (!workspace.allocate(places) || !again.allocate(bytes)) return miopenStatusAllocFailed;
    status = miopenLRNForward(handle, lrn, &one, x_desc, x, &zero, y_desc, again.data, true, workspace.data);
    if (status != miopenStatusSuccess) return status;
    return scaled_result(handle, alpha, beta, dx_desc, dx, [&](void *to) {
        return miopenLRNBackward(handle, lrn, &one, y_desc, y, dy_desc, dy, x_desc, x, &zero, dx_desc, to, workspace.data);
    });
}
