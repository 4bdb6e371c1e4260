//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors a matrix into LU, without pivots if `pivots` is null. rocSOLVER allocates its own workspace.
inline rocblas_status solver_getrf(rocblas_handle handle, int m, int n, float *a, int lda, float *, int *pivots,
                                   int *info) {
    if (!pivots) return rocsolver_sgetrf_npvt(handle, m, n, a, lda, info);
    return rocsolver_sgetrf(handle, m, n, a, lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int m, int n, double *a, int lda, double *, int *pivots,
                                   int *info) {
    if (!pivots) return rocsolver_dgetrf_npvt(handle, m, n, a, lda, info);
    return rocsolver_dgetrf(handle, m, n, a, lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int m, int n, hipFloatComplex *a, int lda, hipFloatComplex *,
                                   int *pivots, int *info) {
    if (!pivots) return rocsolver_cgetrf_npvt(handle, m, n, reinterpret_cast<rocblas_float_complex *>(a), lda, info);
    return rocsolver_cgetrf(handle, m, n, reinterpret_cast<rocblas_float_complex *>(a), lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int m, int n, hipDoubleComplex *a, int lda,
                                   hipDoubleComplex *, int *pivots, int *info) {
    if (!pivots) return rocsolver_zgetrf_npvt(handle, m, n, reinterpret_cast<rocblas_double_complex *>(a), lda, info);
    return rocsolver_zgetrf(handle, m, n, reinterpret_cast<rocblas_double_complex *>(a), lda, pivots, info);
}
