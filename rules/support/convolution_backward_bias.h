//! needs: scaled_result
/// The gradient of the bias, with any scaling factors. MIOpen itself takes only 1 and 0.
inline miopenStatus_t convolution_backward_bias(miopenHandle_t handle, const void *alpha, miopenTensorDescriptor_t dy_desc,
                                                const void *dy, const void *beta, miopenTensorDescriptor_t db_desc, void *db) {
    const float one = 1.0f, zero = 0.0f;
    return scaled_result(handle, alpha, beta, db_desc, db, [&](void *to) {
        return miopenConvolutionBackwardBias(handle, &one, dy_desc, dy, &zero, db_desc, to);
    });
}
