//! needs: choose_convolution
/// The algorithm of MIOpen's fastest solution within the limit of workspace.
inline miopenStatus_t get_convolution_backward_data_algorithm(
    miopenHandle_t handle, miopenTensorDescriptor_t w, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dx, workspace_preference preference, size_t limit,
    miopenConvBwdDataAlgorithm_t *algorithm) {
    return choose_convolution(convolution_backward_data_problem(handle, w, dy, convolution, dx), preference, limit, algorithm);
}
