//! needs: sparse_solver_descriptor
//! include: new
//! include: rocsparse/rocsparse.h
/// Creates a `sparse_solver`.
inline rocsparse_status sparse_create_solver(sparse_solver_descriptor *solver) {
    *solver = new (std::nothrow) sparse_solver{nullptr};
    return *solver ? rocsparse_status_success : rocsparse_status_memory_error;
}
