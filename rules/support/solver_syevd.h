//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Computes eigenvalues and eigenvectors. The workspace contains the off-diagonal elements.
inline rocblas_status solver_syevd(rocblas_handle handle, rocblas_evect vectors, rocblas_fill uplo, int size_n, float *a,
                                   int lda, float *values, float *work, int size, int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_ssyevd(handle, vectors, uplo, size_n, a, lda, values, work, info);
}
inline rocblas_status solver_syevd(rocblas_handle handle, rocblas_evect vectors, rocblas_fill uplo, int size_n, double *a,
                                   int lda, double *values, double *work, int size, int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_dsyevd(handle, vectors, uplo, size_n, a, lda, values, work, info);
}
inline rocblas_status solver_syevd(rocblas_handle handle, rocblas_evect vectors, rocblas_fill uplo, int size_n,
                                   hipFloatComplex *a, int lda, float *values, hipFloatComplex *work, int size,
                                   int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_cheevd(handle, vectors, uplo, size_n, reinterpret_cast<rocblas_float_complex *>(a), lda, values,
                            reinterpret_cast<float *>(work), info);
}
inline rocblas_status solver_syevd(rocblas_handle handle, rocblas_evect vectors, rocblas_fill uplo, int size_n,
                                   hipDoubleComplex *a, int lda, double *values, hipDoubleComplex *work, int size,
                                   int *info) {
    if (size < size_n) return rocblas_status_invalid_size;
    return rocsolver_zheevd(handle, vectors, uplo, size_n, reinterpret_cast<rocblas_double_complex *>(a), lda, values,
                            reinterpret_cast<double *>(work), info);
}
