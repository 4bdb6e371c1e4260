//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Solves with the Cholesky factor of a matrix.
inline rocblas_status solver_potrs(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns, const float *a,
                                   int lda, float *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_spotrs(handle, uplo, size_n, columns, const_cast<float *>(a), lda, b, ldb));
}
inline rocblas_status solver_potrs(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns, const double *a,
                                   int lda, double *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_dpotrs(handle, uplo, size_n, columns, const_cast<double *>(a), lda, b, ldb));
}
inline rocblas_status solver_potrs(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns,
                                   const hipFloatComplex *a, int lda, hipFloatComplex *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_cpotrs(handle, uplo, size_n, columns,
                                        reinterpret_cast<rocblas_float_complex *>(const_cast<hipFloatComplex *>(a)),
                                        lda, reinterpret_cast<rocblas_float_complex *>(b), ldb));
}
inline rocblas_status solver_potrs(rocblas_handle handle, rocblas_fill uplo, int size_n, int columns,
                                   const hipDoubleComplex *a, int lda, hipDoubleComplex *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_zpotrs(handle, uplo, size_n, columns,
                                        reinterpret_cast<rocblas_double_complex *>(const_cast<hipDoubleComplex *>(a)),
                                        lda, reinterpret_cast<rocblas_double_complex *>(b), ldb));
}
