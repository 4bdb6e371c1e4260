//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Describes a matrix in the format CSC.
inline rocsparse_status sparse_create_csc(rocsparse_spmat_descr *matrix, int64_t rows, int64_t columns, int64_t entries,
                                          void *offsets, void *indices, void *values, rocsparse_indextype offset_type,
                                          rocsparse_indextype index_type, rocsparse_index_base base, hipDataType type) {
    return rocsparse_create_csc_descr(matrix, rows, columns, entries, offsets, indices, values, offset_type, index_type,
                                      base, sparse_datatype(type));
}
