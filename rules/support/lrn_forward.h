//! needs: scaled_result
/// Normalization across channels without the workspace that MIOpen's backward pass reads; `lrn_backward` makes it itself.
inline miopenStatus_t lrn_forward(miopenHandle_t handle, miopenLRNDescriptor_t lrn, miopenLRNMode_t, const void *alpha,
                                  miopenTensorDescriptor_t x_desc, const void *x, const void *beta,
                                  miopenTensorDescriptor_t y_desc, void *y) {
    const float one = 1.0f, zero = 0.0f;
    return scaled_result(handle, alpha, beta, y_desc, y, [&](void *to) {
        return miopenLRNForward(handle, lrn, &one, x_desc, x, &zero, y_desc, to, false, nullptr);
    });
}
