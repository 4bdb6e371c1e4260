//! include: rocsolver/rocsolver.h
/// The singular vectors of a job of LAPACK. For another letter, rocSOLVER reports an invalid value.
inline rocblas_svect solver_vectors(signed char job) {
    switch (job) {
    case 'A': return rocblas_svect_all;
    case 'S': return rocblas_svect_singular;
    case 'O': return rocblas_svect_overwrite;
    case 'N': return rocblas_svect_none;
    default: return static_cast<rocblas_svect>(0);
    }
}
