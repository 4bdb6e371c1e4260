//! needs: choose_convolution
/// The algorithm of MIOpen's fastest solution within the limit of workspace.
inline miopenStatus_t get_convolution_backward_weights_algorithm(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dw, workspace_preference preference, size_t limit,
    miopenConvBwdWeightsAlgorithm_t *algorithm) {
    return choose_convolution(convolution_backward_weights_problem(handle, x, dy, convolution, dw), preference, limit, algorithm);
}
