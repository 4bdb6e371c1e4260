//! needs: list_convolutions convolution_backward_weights_performance
/// The algorithms for a convolution by the time that MIOpen expects, fastest first. Nothing is measured.
inline miopenStatus_t list_convolution_backward_weights_algorithms(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dw, int requested, int *returned,
    convolution_backward_weights_performance *results) {
    return list_convolutions(convolution_backward_weights_problem(handle, x, dy, convolution, dw), requested, returned, results);
}
