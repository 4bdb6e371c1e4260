//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors a matrix into QR. rocSOLVER allocates its own workspace.
inline rocblas_status solver_geqrf(rocblas_handle handle, int size_m, int size_n, float *a, int lda, float *tau, float *, int,
                                   int *info) {
    return solver_info(handle, info, rocsolver_sgeqrf(handle, size_m, size_n, a, lda, tau));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int size_m, int size_n, double *a, int lda, double *tau, double *, int,
                                   int *info) {
    return solver_info(handle, info, rocsolver_dgeqrf(handle, size_m, size_n, a, lda, tau));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int size_m, int size_n, hipFloatComplex *a, int lda,
                                   hipFloatComplex *tau, hipFloatComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_cgeqrf(handle, size_m, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda,
                                        reinterpret_cast<rocblas_float_complex *>(tau)));
}
inline rocblas_status solver_geqrf(rocblas_handle handle, int size_m, int size_n, hipDoubleComplex *a, int lda,
                                   hipDoubleComplex *tau, hipDoubleComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_zgeqrf(handle, size_m, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda,
                                        reinterpret_cast<rocblas_double_complex *>(tau)));
}
