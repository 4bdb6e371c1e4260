//! needs: convolution_problem
/// The bytes of workspace of the fastest solution of `algorithm`, or of any if there is none of it.
inline miopenStatus_t convolution_workspace(const convolution_problem &problem, int algorithm, size_t *bytes) {
    if (!bytes) return miopenStatusBadParm;
    miopenConvSolution_t solution;
    const miopenStatus_t status = problem.choose(solution, static_cast<size_t>(-1), algorithm);
    if (status == miopenStatusSuccess) *bytes = solution.workspace_size;
    return status;
}
