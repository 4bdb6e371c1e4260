//! include: miopen/miopen.h
/// One solution of a convolution: its algorithm, the time in milliseconds that MIOpen expects, and its bytes of workspace.
struct convolution_forward_performance {
    miopenConvFwdAlgorithm_t algo;
    miopenStatus_t status;
    float time;
    size_t memory;
};
