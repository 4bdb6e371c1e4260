//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Generates the matrix Q of a QR factorization. rocSOLVER allocates its own workspace.
inline rocblas_status solver_orgqr(rocblas_handle handle, int size_m, int size_n, int size_k, float *a, int lda, const float *tau,
                                   float *, int, int *info) {
    return solver_info(handle, info, rocsolver_sorgqr(handle, size_m, size_n, size_k, a, lda, const_cast<float *>(tau)));
}
inline rocblas_status solver_orgqr(rocblas_handle handle, int size_m, int size_n, int size_k, double *a, int lda, const double *tau,
                                   double *, int, int *info) {
    return solver_info(handle, info, rocsolver_dorgqr(handle, size_m, size_n, size_k, a, lda, const_cast<double *>(tau)));
}
inline rocblas_status solver_orgqr(rocblas_handle handle, int size_m, int size_n, int size_k, hipFloatComplex *a, int lda,
                                   const hipFloatComplex *tau, hipFloatComplex *, int, int *info) {
    auto *const factors = reinterpret_cast<rocblas_float_complex *>(const_cast<hipFloatComplex *>(tau));
    return solver_info(handle, info,
                       rocsolver_cungqr(handle, size_m, size_n, size_k, reinterpret_cast<rocblas_float_complex *>(a), lda, factors));
}
inline rocblas_status solver_orgqr(rocblas_handle handle, int size_m, int size_n, int size_k, hipDoubleComplex *a, int lda,
                                   const hipDoubleComplex *tau, hipDoubleComplex *, int, int *info) {
    auto *const factors = reinterpret_cast<rocblas_double_complex *>(const_cast<hipDoubleComplex *>(tau));
    return solver_info(handle, info,
                       rocsolver_zungqr(handle, size_m, size_n, size_k, reinterpret_cast<rocblas_double_complex *>(a), lda, factors));
}
