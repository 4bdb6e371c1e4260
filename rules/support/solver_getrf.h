//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors a matrix into LU, without pivots if `pivots` is null. rocSOLVER allocates its own workspace.
inline rocblas_status solver_getrf(rocblas_handle handle, int size_m, int size_n, float *a, int lda, float *, int *pivots,
                                   int *info) {
    if (!pivots) return rocsolver_sgetrf_npvt(handle, size_m, size_n, a, lda, info);
    return rocsolver_sgetrf(handle, size_m, size_n, a, lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int size_m, int size_n, double *a, int lda, double *, int *pivots,
                                   int *info) {
    if (!pivots) return rocsolver_dgetrf_npvt(handle, size_m, size_n, a, lda, info);
    return rocsolver_dgetrf(handle, size_m, size_n, a, lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int size_m, int size_n, hipFloatComplex *a, int lda, hipFloatComplex *,
                                   int *pivots, int *info) {
    if (!pivots) return rocsolver_cgetrf_npvt(handle, size_m, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda, info);
    return rocsolver_cgetrf(handle, size_m, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda, pivots, info);
}
inline rocblas_status solver_getrf(rocblas_handle handle, int size_m, int size_n, hipDoubleComplex *a, int lda,
                                   hipDoubleComplex *, int *pivots, int *info) {
    if (!pivots) return rocsolver_zgetrf_npvt(handle, size_m, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda, info);
    return rocsolver_zgetrf(handle, size_m, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda, pivots, info);
}
