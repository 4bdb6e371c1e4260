//! needs: sparse_solver_descriptor
//! include: rocsparse/rocsparse.h
/// Destroys a `sparse_solver`.
inline rocsparse_status sparse_destroy_solver(sparse_solver_descriptor solver) {
    delete solver;
    return rocsparse_status_success;
}
