//! include: tuple
//! include: rocsolver/rocsolver.h
/// The size of the workspace of a function of rocSOLVER that allocates its own: 0. The last argument is its address.
template <typename... Arguments>
inline rocblas_status solver_no_workspace(rocblas_handle, Arguments... arguments) {
    *std::get<sizeof...(Arguments) - 1>(std::make_tuple(arguments...)) = 0;
    return rocblas_status_success;
}
