//! include: miopen/miopen.h
//! include: vector
/// One direction of a convolution in MIOpen's immediate mode, which needs no search before. The three directions have functions
/// with equal parameters: two inputs, the convolution and the result.
struct convolution_problem {
    decltype(&miopenConvolutionForwardGetSolutionCount) count;
    decltype(&miopenConvolutionForwardGetSolution) find;
    decltype(&miopenConvolutionForwardImmediate) run;
    miopenHandle_t handle;
    miopenTensorDescriptor_t first, second;
    miopenConvolutionDescriptor_t convolution;
    miopenTensorDescriptor_t result;

    /// The solutions, fastest first.
    miopenStatus_t solutions(std::vector<miopenConvSolution_t> &to) const {
        size_t found = 0;
        miopenStatus_t status = count(handle, first, second, convolution, result, &found);
        if (status != miopenStatusSuccess) return status;
        to.resize(found);
        if (found == 0) return miopenStatusNotImplemented;
        status = find(handle, first, second, convolution, result, found, &found, to.data());
        to.resize(found);
        return status == miopenStatusSuccess && found == 0 ? miopenStatusNotImplemented : status;
    }

    /// The fastest solution of `algorithm` that needs at most `limit` bytes, or else the fastest of any algorithm.
    miopenStatus_t choose(miopenConvSolution_t &to, size_t limit, int algorithm) const {
        std::vector<miopenConvSolution_t> all;
        const miopenStatus_t status = solutions(all);
        if (status != miopenStatusSuccess) return status;
        bool any = false;
        for (const miopenConvSolution_t &solution : all) {
            if (solution.workspace_size > limit) continue;
            const bool wanted = static_cast<int>(solution.algorithm) == algorithm;
            if (!any || wanted) to = solution;
            if (wanted) return miopenStatusSuccess;
            any = true;
        }
        return any ? miopenStatusSuccess : miopenStatusNotImplemented;
    }
};

inline convolution_problem convolution_forward_problem(miopenHandle_t handle, miopenTensorDescriptor_t x,
                                                       miopenTensorDescriptor_t w, miopenConvolutionDescriptor_t convolution,
                                                       miopenTensorDescriptor_t y) {
    return {miopenConvolutionForwardGetSolutionCount, miopenConvolutionForwardGetSolution, miopenConvolutionForwardImmediate,
            handle, w, x, convolution, y};
}

inline convolution_problem convolution_backward_data_problem(miopenHandle_t handle, miopenTensorDescriptor_t w,
                                                             miopenTensorDescriptor_t dy,
                                                             miopenConvolutionDescriptor_t convolution,
                                                             miopenTensorDescriptor_t dx) {
    return {miopenConvolutionBackwardDataGetSolutionCount, miopenConvolutionBackwardDataGetSolution,
            miopenConvolutionBackwardDataImmediate, handle, dy, w, convolution, dx};
}

inline convolution_problem convolution_backward_weights_problem(miopenHandle_t handle, miopenTensorDescriptor_t x,
                                                                miopenTensorDescriptor_t dy,
                                                                miopenConvolutionDescriptor_t convolution,
                                                                miopenTensorDescriptor_t dw) {
    return {miopenConvolutionBackwardWeightsGetSolutionCount, miopenConvolutionBackwardWeightsGetSolution,
            miopenConvolutionBackwardWeightsImmediate, handle, dy, x, convolution, dw};
}
