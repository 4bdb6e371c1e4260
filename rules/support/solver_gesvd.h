//! needs: solver_vectors
//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// Computes singular values and vectors. `rest`, or else the workspace, contains the superdiagonal elements.
inline rocblas_status solver_gesvd(rocblas_handle handle, signed char left, signed char right, int size_m, int size_n, float *a,
                                   int lda, float *values, float *u, int ldu, float *v, int ldv, float *work, int size,
                                   float *rest, int *info) {
    if (size < (size_m < size_n ? size_m : size_n)) return rocblas_status_invalid_size;
    return rocsolver_sgesvd(handle, solver_vectors(left), solver_vectors(right), size_m, size_n, a, lda, values, u, ldu, v, ldv,
                            rest ? rest : work, rocblas_outofplace, info);
}
inline rocblas_status solver_gesvd(rocblas_handle handle, signed char left, signed char right, int size_m, int size_n, double *a,
                                   int lda, double *values, double *u, int ldu, double *v, int ldv, double *work,
                                   int size, double *rest, int *info) {
    if (size < (size_m < size_n ? size_m : size_n)) return rocblas_status_invalid_size;
    return rocsolver_dgesvd(handle, solver_vectors(left), solver_vectors(right), size_m, size_n, a, lda, values, u, ldu, v, ldv,
                            rest ? rest : work, rocblas_outofplace, info);
}
inline rocblas_status solver_gesvd(rocblas_handle handle, signed char left, signed char right, int size_m, int size_n,
                                   hipFloatComplex *a, int lda, float *values, hipFloatComplex *u, int ldu,
                                   hipFloatComplex *v, int ldv, hipFloatComplex *work, int size, float *rest,
                                   int *info) {
    if (size < (size_m < size_n ? size_m : size_n)) return rocblas_status_invalid_size;
    return rocsolver_cgesvd(handle, solver_vectors(left), solver_vectors(right), size_m, size_n,
                            reinterpret_cast<rocblas_float_complex *>(a), lda, values,
                            reinterpret_cast<rocblas_float_complex *>(u), ldu,
                            reinterpret_cast<rocblas_float_complex *>(v), ldv,
                            rest ? rest : reinterpret_cast<float *>(work), rocblas_outofplace, info);
}
inline rocblas_status solver_gesvd(rocblas_handle handle, signed char left, signed char right, int size_m, int size_n,
                                   hipDoubleComplex *a, int lda, double *values, hipDoubleComplex *u, int ldu,
                                   hipDoubleComplex *v, int ldv, hipDoubleComplex *work, int size, double *rest,
                                   int *info) {
    if (size < (size_m < size_n ? size_m : size_n)) return rocblas_status_invalid_size;
    return rocsolver_zgesvd(handle, solver_vectors(left), solver_vectors(right), size_m, size_n,
                            reinterpret_cast<rocblas_double_complex *>(a), lda, values,
                            reinterpret_cast<rocblas_double_complex *>(u), ldu,
                            reinterpret_cast<rocblas_double_complex *>(v), ldv,
                            rest ? rest : reinterpret_cast<double *>(work), rocblas_outofplace, info);
}
