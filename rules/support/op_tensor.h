//! needs: op_tensor_descriptor
/// Computes `c = operation(alpha1 * a, alpha2 * b) + beta * c` by the operation of the descriptor.
inline miopenStatus_t op_tensor(miopenHandle_t handle, op_tensor_descriptor descriptor, const void *alpha1,
                                miopenTensorDescriptor_t a_desc, const void *a, const void *alpha2,
                                miopenTensorDescriptor_t b_desc, const void *b, const void *beta,
                                miopenTensorDescriptor_t c_desc, void *c) {
    if (!descriptor) return miopenStatusBadParm;
    return miopenOpTensor(handle, descriptor->operation, alpha1, a_desc, a, alpha2, b_desc, b, beta, c_desc, c);
}
