//! needs: sparse_datatype
//! needs: sparse_solver_descriptor
//! include: rocsparse/rocsparse.h
/// The bytes of the workspace of `sparse_spsv_analysis`.
inline rocsparse_status sparse_spsv_workspace(rocsparse_handle handle, rocsparse_operation operation, const void *alpha,
                                              rocsparse_const_spmat_descr a, rocsparse_const_dnvec_descr x,
                                              rocsparse_dnvec_descr y, hipDataType type, rocsparse_spsv_alg algorithm,
                                              sparse_solver_descriptor, size_t *size) {
    return rocsparse_spsv(handle, operation, alpha, a, x, y, sparse_datatype(type), algorithm,
                          rocsparse_spsv_stage_buffer_size, size, nullptr);
}
