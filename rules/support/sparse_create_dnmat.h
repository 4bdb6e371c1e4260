//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Describes a dense matrix.
inline rocsparse_status sparse_create_dnmat(rocsparse_dnmat_descr *matrix, int64_t rows, int64_t columns,
                                            int64_t stride, void *values, hipDataType type, rocsparse_order order) {
    return rocsparse_create_dnmat_descr(matrix, rows, columns, stride, values, sparse_datatype(type), order);
}
