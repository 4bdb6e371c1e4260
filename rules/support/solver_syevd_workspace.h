//! include: hip/hip_complex.h
//! include: rocsolver/rocsolver.h
/// The number of elements of the workspace of `solver_syevd`.
inline rocblas_status solver_syevd_workspace(rocblas_handle, rocblas_evect, rocblas_fill, int size_n, const float *, int,
                                             const float *, int *size) {
    *size = size_n;
    return rocblas_status_success;
}
inline rocblas_status solver_syevd_workspace(rocblas_handle, rocblas_evect, rocblas_fill, int size_n, const double *, int,
                                             const double *, int *size) {
    *size = size_n;
    return rocblas_status_success;
}
inline rocblas_status solver_syevd_workspace(rocblas_handle, rocblas_evect, rocblas_fill, int size_n,
                                             const hipFloatComplex *, int, const float *, int *size) {
    *size = size_n;
    return rocblas_status_success;
}
inline rocblas_status solver_syevd_workspace(rocblas_handle, rocblas_evect, rocblas_fill, int size_n,
                                             const hipDoubleComplex *, int, const double *, int *size) {
    *size = size_n;
    return rocblas_status_success;
}
