//! needs: scaled_result
/// Pooling without the workspace that MIOpen's backward pass reads; `pooling_backward` makes it itself.
inline miopenStatus_t pooling_forward(miopenHandle_t handle, miopenPoolingDescriptor_t pooling, const void *alpha,
                                      miopenTensorDescriptor_t x_desc, const void *x, const void *beta,
                                      miopenTensorDescriptor_t y_desc, void *y) {
    const float one = 1.0f, zero = 0.0f;
    return scaled_result(handle, alpha, beta, y_desc, y, [&](void *to) {
        return miopenPoolingForward(handle, pooling, &one, x_desc, x, &zero, y_desc, to, false, nullptr, 0);
    });
}
