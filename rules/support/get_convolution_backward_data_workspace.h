//! needs: convolution_workspace
/// The bytes of workspace of the solution that `convolution_backward_data` runs for this algorithm.
inline miopenStatus_t get_convolution_backward_data_workspace(
    miopenHandle_t handle, miopenTensorDescriptor_t w, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dx, miopenConvBwdDataAlgorithm_t algorithm, size_t *bytes) {
    return convolution_workspace(convolution_backward_data_problem(handle, w, dy, convolution, dx), algorithm, bytes);
}
