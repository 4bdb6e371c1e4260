//! needs: sparse_datatype
//! include: rocsparse/rocsparse.h
/// Describes a dense vector.
inline rocsparse_status sparse_create_dnvec(rocsparse_dnvec_descr *vector, int64_t size, void *values,
                                            hipDataType type) {
    return rocsparse_create_dnvec_descr(vector, size, values, sparse_datatype(type));
}
