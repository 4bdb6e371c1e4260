//! include: rocsolver/rocsolver.h
/// The number of elements of the workspace of `solver_gesvd`.
inline rocblas_status solver_gesvd_workspace(rocblas_handle, int size_m, int size_n, int *size) {
    *size = size_m < size_n ? size_m : size_n;
    return rocblas_status_success;
}
