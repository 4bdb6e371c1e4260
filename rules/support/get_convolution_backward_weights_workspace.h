//! needs: convolution_workspace
/// The bytes of workspace of the solution that `convolution_backward_weights` runs for this algorithm.
inline miopenStatus_t get_convolution_backward_weights_workspace(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dw, miopenConvBwdWeightsAlgorithm_t algorithm, size_t *bytes) {
    return convolution_workspace(convolution_backward_weights_problem(handle, x, dy, convolution, dw), algorithm, bytes);
}
