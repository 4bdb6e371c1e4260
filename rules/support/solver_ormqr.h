//! needs: solver_info
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Multiplies a matrix by the matrix Q of a QR factorization. rocSOLVER allocates its own workspace.
inline rocblas_status solver_ormqr(rocblas_handle handle, rocblas_side side, rocblas_operation operation, int size_m, int size_n,
                                   int size_k, const float *a, int lda, const float *tau, float *c, int ldc, float *, int,
                                   int *info) {
    return solver_info(handle, info,
                       rocsolver_sormqr(handle, side, operation, size_m, size_n, size_k, const_cast<float *>(a), lda,
                                        const_cast<float *>(tau), c, ldc));
}
inline rocblas_status solver_ormqr(rocblas_handle handle, rocblas_side side, rocblas_operation operation, int size_m, int size_n,
                                   int size_k, const double *a, int lda, const double *tau, double *c, int ldc, double *,
                                   int, int *info) {
    return solver_info(handle, info,
                       rocsolver_dormqr(handle, side, operation, size_m, size_n, size_k, const_cast<double *>(a), lda,
                                        const_cast<double *>(tau), c, ldc));
}
inline rocblas_status solver_ormqr(rocblas_handle handle, rocblas_side side, rocblas_operation operation, int size_m, int size_n,
                                   int size_k, const hipFloatComplex *a, int lda, const hipFloatComplex *tau,
                                   hipFloatComplex *c, int ldc, hipFloatComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_cunmqr(handle, side, operation, size_m, size_n, size_k,
                                        reinterpret_cast<rocblas_float_complex *>(const_cast<hipFloatComplex *>(a)),
                                        lda,
                                        reinterpret_cast<rocblas_float_complex *>(const_cast<hipFloatComplex *>(tau)),
                                        reinterpret_cast<rocblas_float_complex *>(c), ldc));
}
inline rocblas_status solver_ormqr(rocblas_handle handle, rocblas_side side, rocblas_operation operation, int size_m, int size_n,
                                   int size_k, const hipDoubleComplex *a, int lda, const hipDoubleComplex *tau,
                                   hipDoubleComplex *c, int ldc, hipDoubleComplex *, int, int *info) {
    return solver_info(handle, info,
                       rocsolver_zunmqr(handle, side, operation, size_m, size_n, size_k,
                                        reinterpret_cast<rocblas_double_complex *>(const_cast<hipDoubleComplex *>(a)),
                                        lda,
                                        reinterpret_cast<rocblas_double_complex *>(const_cast<hipDoubleComplex *>(tau)),
                                        reinterpret_cast<rocblas_double_complex *>(c), ldc));
}
