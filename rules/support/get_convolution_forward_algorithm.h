//! needs: choose_convolution
/// The algorithm of MIOpen's fastest solution within the limit of workspace.
inline miopenStatus_t get_convolution_forward_algorithm(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t w,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t y, workspace_preference preference, size_t limit,
    miopenConvFwdAlgorithm_t *algorithm) {
    return choose_convolution(convolution_forward_problem(handle, x, w, convolution, y), preference, limit, algorithm);
}
