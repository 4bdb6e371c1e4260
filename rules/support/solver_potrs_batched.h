//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Solves with the Cholesky factors of many matrices. `info` is one number.
inline rocblas_status solver_potrs_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns, float *a[],
                                           int lda, float *b[], int ldb, int *info, int batch) {
    return solver_info(handle, info,
                       rocsolver_spotrs_batched(handle, uplo, size_n, columns, a, lda, b, ldb, batch));
}
inline rocblas_status solver_potrs_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns, double *a[],
                                           int lda, double *b[], int ldb, int *info, int batch) {
    return solver_info(handle, info,
                       rocsolver_dpotrs_batched(handle, uplo, size_n, columns, a, lda, b, ldb, batch));
}
inline rocblas_status solver_potrs_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns,
                                           hipFloatComplex *a[], int lda, hipFloatComplex *b[], int ldb, int *info,
                                           int batch) {
    return solver_info(handle, info,
                       rocsolver_cpotrs_batched(handle, uplo, size_n, columns,
                                                reinterpret_cast<rocblas_float_complex *const *>(a), lda,
                                                reinterpret_cast<rocblas_float_complex *const *>(b), ldb, batch));
}
inline rocblas_status solver_potrs_batched(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns,
                                           hipDoubleComplex *a[], int lda, hipDoubleComplex *b[], int ldb, int *info,
                                           int batch) {
    return solver_info(handle, info,
                       rocsolver_zpotrs_batched(handle, uplo, size_n, columns,
                                                reinterpret_cast<rocblas_double_complex *const *>(a), lda,
                                                reinterpret_cast<rocblas_double_complex *const *>(b), ldb, batch));
}
