//! needs: list_convolutions convolution_forward_performance
/// The algorithms for a convolution by the time that MIOpen expects, fastest first. Nothing is measured.
inline miopenStatus_t list_convolution_forward_algorithms(
    miopenHandle_t handle, miopenTensorDescriptor_t x, miopenTensorDescriptor_t w,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t y, int requested, int *returned,
    convolution_forward_performance *results) {
    return list_convolutions(convolution_forward_problem(handle, x, w, convolution, y), requested, returned, results);
}
