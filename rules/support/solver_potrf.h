//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Factors a positive definite matrix by Cholesky. rocSOLVER allocates its own workspace.
inline rocblas_status solver_potrf(rocblas_handle handle, rocblas_fill uplo, int size_n, float *a, int lda, float *, int,
                                   int *info) {
    return rocsolver_spotrf(handle, uplo, size_n, a, lda, info);
}
inline rocblas_status solver_potrf(rocblas_handle handle, rocblas_fill uplo, int size_n, double *a, int lda, double *, int,
                                   int *info) {
    return rocsolver_dpotrf(handle, uplo, size_n, a, lda, info);
}
inline rocblas_status solver_potrf(rocblas_handle handle, rocblas_fill uplo, int size_n, hipFloatComplex *a, int lda,
                                   hipFloatComplex *, int, int *info) {
    return rocsolver_cpotrf(handle, uplo, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda, info);
}
inline rocblas_status solver_potrf(rocblas_handle handle, rocblas_fill uplo, int size_n, hipDoubleComplex *a, int lda,
                                   hipDoubleComplex *, int, int *info) {
    return rocsolver_zpotrf(handle, uplo, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda, info);
}
