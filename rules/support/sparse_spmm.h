//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Multiplies a sparse matrix by a dense matrix.
inline rocsparse_status sparse_spmm(rocsparse_handle handle, rocsparse_operation operation_a,
                                    rocsparse_operation operation_b, const void *alpha, rocsparse_const_spmat_descr a,
                                    rocsparse_const_dnmat_descr b, const void *beta, rocsparse_dnmat_descr c,
                                    hipDataType type, rocsparse_spmm_alg algorithm, void *work) {
    size_t size = 0;
    return rocsparse_spmm(handle, operation_a, operation_b, alpha, a, b, beta, c, sparse_datatype(type), algorithm,
                          rocsparse_spmm_stage_compute, &size, work);
}
