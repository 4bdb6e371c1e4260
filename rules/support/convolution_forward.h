//! needs: convolution_problem scaled_result
/// Runs MIOpen's fastest solution that fits in the workspace. A solution of `algorithm` has priority. MIOpen is asked for its
/// solutions at each call.
inline miopenStatus_t convolution_forward(miopenHandle_t handle, const void *alpha, miopenTensorDescriptor_t x_desc, const void *x,
                                      miopenTensorDescriptor_t w_desc, const void *w,
                                      miopenConvolutionDescriptor_t convolution, miopenConvFwdAlgorithm_t algorithm,
                                      void *workspace, size_t bytes, const void *beta, miopenTensorDescriptor_t y_desc,
                                      void *y) {
    const convolution_problem problem = convolution_forward_problem(handle, x_desc, w_desc, convolution, y_desc);
    miopenConvSolution_t solution;
    const miopenStatus_t status = problem.choose(solution, workspace ? bytes : 0, algorithm);
    if (status != miopenStatusSuccess) return status;
    return scaled_result(handle, alpha, beta, y_desc, y, [&](void *to) {
        return problem.run(handle, problem.first, w, problem.second, x, convolution, y_desc, to, workspace, bytes,
                           solution.solution_id);
    });
}
