//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Solves with the LU factors of `solver_getrf`.
inline rocblas_status solver_getrs(rocblas_handle handle, rocblas_operation operation, int size_n, int columns,
                                   const float *a, int lda, const int *pivots, float *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_sgetrs(handle, operation, size_n, columns, const_cast<float *>(a), lda, pivots, b, ldb));
}
inline rocblas_status solver_getrs(rocblas_handle handle, rocblas_operation operation, int size_n, int columns,
                                   const double *a, int lda, const int *pivots, double *b, int ldb, int *info) {
    return solver_info(handle, info,
                       rocsolver_dgetrs(handle, operation, size_n, columns, const_cast<double *>(a), lda, pivots, b, ldb));
}
inline rocblas_status solver_getrs(rocblas_handle handle, rocblas_operation operation, int size_n, int columns,
                                   const hipFloatComplex *a, int lda, const int *pivots, hipFloatComplex *b, int ldb,
                                   int *info) {
    return solver_info(handle, info,
                       rocsolver_cgetrs(handle, operation, size_n, columns,
                                        reinterpret_cast<rocblas_float_complex *>(const_cast<hipFloatComplex *>(a)),
                                        lda, pivots, reinterpret_cast<rocblas_float_complex *>(b), ldb));
}
inline rocblas_status solver_getrs(rocblas_handle handle, rocblas_operation operation, int size_n, int columns,
                                   const hipDoubleComplex *a, int lda, const int *pivots, hipDoubleComplex *b, int ldb,
                                   int *info) {
    return solver_info(handle, info,
                       rocsolver_zgetrs(handle, operation, size_n, columns,
                                        reinterpret_cast<rocblas_double_complex *>(const_cast<hipDoubleComplex *>(a)),
                                        lda, pivots, reinterpret_cast<rocblas_double_complex *>(b), ldb));
}
