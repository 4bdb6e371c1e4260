//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Describes a sparse vector.
inline rocsparse_status sparse_create_spvec(rocsparse_spvec_descr *vector, int64_t size, int64_t entries, void *indices,
                                            void *values, rocsparse_indextype index_type, rocsparse_index_base base,
                                            hipDataType type) {
    return rocsparse_create_spvec_descr(vector, size, entries, indices, values, index_type, base,
                                        sparse_datatype(type));
}
