//! needs: convolution_problem
/// The algorithms of MIOpen's solutions, fastest first.
template <typename Performance>
miopenStatus_t list_convolutions(const convolution_problem &problem, int requested, int *returned,
                                 Performance *results) {
    if (requested <= 0 || !results) return miopenStatusBadParm;
    std::vector<miopenConvSolution_t> all;
    const miopenStatus_t status = problem.solutions(all);
    if (status != miopenStatusSuccess) return status;
    int count = 0;
    for (const miopenConvSolution_t &solution : all) {
        if (count == requested) break;
        Performance &result = results[count++];
        result.algo = static_cast<decltype(result.algo)>(solution.algorithm);
        result.status = miopenStatusSuccess;
        result.time = solution.time;
        result.memory = solution.workspace_size;
    }
    if (returned) *returned = count;
    return miopenStatusSuccess;
}
