//! needs: scaled_result device_memory
/// The backward pass of pooling. MIOpen's forward pass writes where each maximum is, and cuDNN has no such memory, so the forward
/// pass runs again. The call waits for the stream.
inline miopenStatus_t pooling_backward(miopenHandle_t handle, miopenPoolingDescriptor_t pooling, const void *alpha,
                                       miopenTensorDescriptor_t y_desc, const void *y, miopenTensorDescriptor_t dy_desc,
                                       const void *dy, miopenTensorDescriptor_t x_desc, const void *x, const void *beta,
                                       miopenTensorDescriptor_t dx_desc, void *dx) {
    const float one = 1.0f, zero = 0.0f;
    size_t places = 0, bytes = 0;
    miopenStatus_t status = miopenPoolingGetWorkSpaceSizeV2(pooling, y_desc, &places);
    if (status == miopenStatusSuccess) status = miopenGetTensorNumBytes(y_desc, &bytes);
    if (status != miopenStatusSuccess) return status;
    device_memory workspace(handle), again(handle);
    if (!workspace.allocate(places) || (places && !again.allocate(bytes))) return miopenStatusAllocFailed;
    if (places) {
        status = miopenPoolingForward(handle, pooling, &one, x_desc, x, &zero, y_desc, again.data, true, workspace.data, places);
        if (status != miopenStatusSuccess) return status;
    }
    return scaled_result(handle, alpha, beta, dx_desc, dx, [&](void *to) {
        return miopenPoolingBackward(handle, pooling, &one, y_desc, y, dy_desc, dy, x_desc, x, &zero, dx_desc, to, workspace.data);
    });
}
