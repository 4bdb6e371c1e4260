/// Launches a kernel, which can be a function of any type.
template <typename Kernel>
inline hipError_t launch_kernel(Kernel *kernel, dim3 grid, dim3 block, void **arguments, size_t shared = 0,
                                hipStream_t stream = nullptr) {
    return hipLaunchKernel(reinterpret_cast<const void *>(kernel), grid, block, arguments, shared, stream);
}
