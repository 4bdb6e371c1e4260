//! include: miopen/miopen.h
/// `c = alpha * a + beta * c`, where dimensions of `a` with one element are repeated. MIOpen repeats the second operand only.
inline miopenStatus_t add_tensor(miopenHandle_t handle, const void *alpha, miopenTensorDescriptor_t a_desc, const void *a,
                                 const void *beta, miopenTensorDescriptor_t c_desc, void *c) {
    const float zero = 0.0f;
    return miopenOpTensor(handle, miopenTensorOpAdd, beta, c_desc, c, alpha, a_desc, a, &zero, c_desc, c);
}
