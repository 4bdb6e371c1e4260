//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// The bytes of the workspace of `sparse_spmm`.
inline rocsparse_status sparse_spmm_workspace(rocsparse_handle handle, rocsparse_operation operation_a,
                                              rocsparse_operation operation_b, const void *alpha,
                                              rocsparse_const_spmat_descr a, rocsparse_const_dnmat_descr b,
                                              const void *beta, rocsparse_dnmat_descr c, hipDataType type,
                                              rocsparse_spmm_alg algorithm, size_t *size) {
    return rocsparse_spmm(handle, operation_a, operation_b, alpha, a, b, beta, c, sparse_datatype(type), algorithm,
                          rocsparse_spmm_stage_buffer_size, size, nullptr);
}
