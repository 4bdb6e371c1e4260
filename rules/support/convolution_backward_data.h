//! needs: convolution_problem scaled_result
/// Runs MIOpen's fastest solution that fits in the workspace. A solution of `algorithm` has priority. MIOpen is asked for its
/// solutions at each call.
inline miopenStatus_t convolution_backward_data(miopenHandle_t handle, const void *alpha, miopenTensorDescriptor_t w_desc, const void *w,
                                      miopenTensorDescriptor_t dy_desc, const void *dy,
                                      miopenConvolutionDescriptor_t convolution, miopenConvBwdDataAlgorithm_t algorithm,
                                      void *workspace, size_t bytes, const void *beta, miopenTensorDescriptor_t dx_desc,
                                      void *dx) {
    const convolution_problem problem = convolution_backward_data_problem(handle, w_desc, dy_desc, convolution, dx_desc);
    miopenConvSolution_t solution;
    const miopenStatus_t status = problem.choose(solution, workspace ? bytes : 0, algorithm);
    if (status != miopenStatusSuccess) return status;
    return scaled_result(handle, alpha, beta, dx_desc, dx, [&](void *to) {
        return problem.run(handle, problem.first, dy, problem.second, w, convolution, dx_desc, to, workspace, bytes,
                           solution.solution_id);
    });
}
