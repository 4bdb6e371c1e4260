//! needs: convolution_problem workspace_preference
/// The algorithm of the fastest solution that needs at most as much workspace as is allowed.
template <typename Algorithm>
miopenStatus_t choose_convolution(const convolution_problem &problem, workspace_preference preference, size_t limit,
                                  Algorithm *algorithm) {
    if (!algorithm) return miopenStatusBadParm;
    const size_t unlimited = static_cast<size_t>(-1);
    const size_t bytes = preference == workspace_preference::none ? 0 : preference == workspace_preference::limited ? limit : unlimited;
    miopenConvSolution_t solution;
    const miopenStatus_t status = problem.choose(solution, bytes, -1);
    if (status == miopenStatusSuccess) *algorithm = static_cast<Algorithm>(solution.algorithm);
    return status;
}
