//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Solves a generalized eigenvalue problem. The workspace contains the off-diagonal elements.
inline rocblas_status solver_sygvd(rocblas_handle handle, rocblas_eform form, rocblas_evect vectors, rocblas_fill uplo,
                                   int size_n, float *a, int lda, float *b, int ldb, float *values, float *work, int size,
                                   int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_ssygvd(handle, form, vectors, uplo, size_n, a, lda, b, ldb, values, work, info);
}
inline rocblas_status solver_sygvd(rocblas_handle handle, rocblas_eform form, rocblas_evect vectors, rocblas_fill uplo,
                                   int size_n, double *a, int lda, double *b, int ldb, double *values, double *work,
                                   int size, int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_dsygvd(handle, form, vectors, uplo, size_n, a, lda, b, ldb, values, work, info);
}
inline rocblas_status solver_sygvd(rocblas_handle handle, rocblas_eform form, rocblas_evect vectors, rocblas_fill uplo,
                                   int size_n, hipFloatComplex *a, int lda, hipFloatComplex *b, int ldb, float *values,
                                   hipFloatComplex *work, int size, int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_chegvd(handle, form, vectors, uplo, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda,
                            reinterpret_cast<rocblas_float_complex *>(b), ldb, values, reinterpret_cast<float *>(work),
                            info);
}
inline rocblas_status solver_sygvd(rocblas_handle handle, rocblas_eform form, rocblas_evect vectors, rocblas_fill uplo,
                                   int size_n, hipDoubleComplex *a, int lda, hipDoubleComplex *b, int ldb, double *values,
                                   hipDoubleComplex *work, int size, int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_zhegvd(handle, form, vectors, uplo, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda,
                            reinterpret_cast<rocblas_double_complex *>(b), ldb, values,
                            reinterpret_cast<double *>(work), info);
}
