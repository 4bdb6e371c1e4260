//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// The bytes of the workspace of `sparse_spmv`.
inline rocsparse_status sparse_spmv_workspace(rocsparse_handle handle, rocsparse_operation operation, const void *alpha,
                                              rocsparse_const_spmat_descr a, rocsparse_const_dnvec_descr x,
                                              const void *beta, rocsparse_dnvec_descr y, hipDataType type,
                                              rocsparse_spmv_alg algorithm, size_t *size) {
    return rocsparse_spmv(handle, operation, alpha, a, x, beta, y, sparse_datatype(type), algorithm,
                          rocsparse_spmv_stage_buffer_size, size, nullptr);
}
