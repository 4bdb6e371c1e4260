//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors many positive definite matrices by Cholesky.
inline rocblas_status solver_potrf_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, float *a[], int lda,
                                           int *info, int batch) {
    return rocsolver_spotrf_batched(handle, uplo, size_n, a, lda, info, batch);
}
inline rocblas_status solver_potrf_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, double *a[], int lda,
                                           int *info, int batch) {
    return rocsolver_dpotrf_batched(handle, uplo, size_n, a, lda, info, batch);
}
inline rocblas_status solver_potrf_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, hipFloatComplex *a[],
                                           int lda, int *info, int batch) {
    return rocsolver_cpotrf_batched(handle, uplo, size_n, reinterpret_cast<rocblas_float_complex *const *>(a), lda, info,
                                    batch);
}
inline rocblas_status solver_potrf_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, hipDoubleComplex *a[],
                                           int lda, int *info, int batch) {
    return rocsolver_zpotrf_batched(handle, uplo, size_n, reinterpret_cast<rocblas_double_complex *const *>(a), lda, info,
                                    batch);
}
