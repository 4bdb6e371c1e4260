//! needs: convolution_problem scaled_result
/// Runs MIOpen's fastest solution that fits in the workspace. A solution of `algorithm` has priority. MIOpen is asked for its
/// solutions at each call.
inline miopenStatus_t convolution_backward_weights(miopenHandle_t handle, const void *alpha, miopenTensorDescriptor_t x_desc, const void *x,
                                      miopenTensorDescriptor_t dy_desc, const void *dy,
                                      miopenConvolutionDescriptor_t convolution, miopenConvBwdWeightsAlgorithm_t algorithm,
                                      void *workspace, size_t bytes, const void *beta, miopenTensorDescriptor_t dw_desc,
                                      void *dw) {
    const convolution_problem problem = convolution_backward_weights_problem(handle, x_desc, dy_desc, convolution, dw_desc);
    miopenConvSolution_t solution;
    const miopenStatus_t status = problem.choose(solution, workspace ? bytes : 0, algorithm);
    if (status != miopenStatusSuccess) return status;
    return scaled_result(handle, alpha, beta, dw_desc, dw, [&](void *to) {
        return problem.run(handle, problem.first, dy, problem.second, x, convolution, dw_desc, to, workspace, bytes,
                           solution.solution_id);
    });
}
