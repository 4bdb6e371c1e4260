//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors a matrix into QR. rocSOLVER allocates its own workspace.
inline rocblas_status solver_geqrf(rocblas_handle handle, int m, int n, float *a, int lda, float *tau, float *, int,
                                   int *info) {
    return solver_info(handle, info, rocsolver_sgeqrf(handle, m, n, a, lda, tau));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int m, int n, double *a, int lda, double *tau, double *, int,
                                   int *info) {
    return solver_info(handle, info, rocsolver_dgeqrf(handle, m, n, a, lda, tau));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int m, int n, hipFloatComplex *a, int lda,
                                   hipFloatComplex *tau, hipFloatComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_cgeqrf(handle, m, n, reinterpret_cast<rocblas_float_complex *>(a), lda,
                                        reinterpret_cast<rocblas_float_complex *>(tau)));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int m, int n, hipDoubleComplex *a, int lda,
                                   hipDoubleComplex *tau, hipDoubleComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_zgeqrf(handle, m, n, reinterpret_cast<rocblas_double_complex *>(a), lda,
                                        reinterpret_cast<rocblas_double_complex *>(tau)));
}
