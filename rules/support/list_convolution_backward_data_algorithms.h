//! needs: list_convolutions convolution_backward_data_performance
/// The algorithms for a convolution by the time that MIOpen expects, fastest first. Nothing is measured.
inline miopenStatus_t list_convolution_backward_data_algorithms(
    miopenHandle_t handle, miopenTensorDescriptor_t w, miopenTensorDescriptor_t dy,
    miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t dx, int requested, int *returned,
    convolution_backward_data_performance *results) {
    return list_convolutions(convolution_backward_data_problem(handle, w, dy, convolution, dx), requested, returned, results);
}
