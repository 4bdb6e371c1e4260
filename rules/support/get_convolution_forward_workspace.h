//! needs: convolution_workspace
/// The bytes of workspace of the solution that `convolution_forward` runs for this algorithm.
inline miopenStatus_t get_convolution_forward_workspace(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t w,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t y, miopenConvFwdAlgorithm_t algorithm, size_t *bytes) {
    return convolution_workspace(convolution_forward_problem(handle, x, w, convolution, y), algorithm, bytes);
}
