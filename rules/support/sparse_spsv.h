//! needs: sparse_datatype
//! needs: sparse_solver_descriptor
//! include: rocsparse/rocsparse.h
/// Solves a system with a triangular matrix.
inline rocsparse_status sparse_spsv(rocsparse_handle handle, rocsparse_operation operation, const void *alpha,
                                    rocsparse_const_spmat_descr a, rocsparse_const_dnvec_descr x,
                                    rocsparse_dnvec_descr y, hipDataType type, rocsparse_spsv_alg algorithm,
                                    sparse_solver_descriptor solver) {
    size_t size = 0;
    return rocsparse_spsv(handle, operation, alpha, a, x, y, sparse_datatype(type), algorithm,
                          rocsparse_spsv_stage_compute, &size, solver->work);
}
