//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Describes a matrix in the format COO.
inline rocsparse_status sparse_create_coo(rocsparse_spmat_descr *matrix, int64_t rows, int64_t columns, int64_t entries,
                                          void *row_indices, void *column_indices, void *values,
                                          rocsparse_indextype index_type, rocsparse_index_base base, hipDataType type) {
    return rocsparse_create_coo_descr(matrix, rows, columns, entries, row_indices, column_indices, values, index_type,
                                      base, sparse_datatype(type));
}
