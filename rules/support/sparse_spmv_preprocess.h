//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Reads the pattern of the matrix before products with it.
inline rocsparse_status sparse_spmv_preprocess(rocsparse_handle handle, rocsparse_operation operation,
                                               const void *alpha, rocsparse_const_spmat_descr a,
                                               rocsparse_const_dnvec_descr x, const void *beta, rocsparse_dnvec_descr y,
                                               hipDataType type, rocsparse_spmv_alg algorithm, void *work) {
    size_t size = 0;
    return rocsparse_spmv(handle, operation, alpha, a, x, beta, y, sparse_datatype(type), algorithm,
                          rocsparse_spmv_stage_preprocess, &size, work);
}
