/// Sets the width of shared memory banks for a kernel, which can be a function of any type.
template <typename Kernel>
inline hipError_t func_set_shared_mem_config(Kernel *kernel, hipSharedMemConfig config) {
    return hipFuncSetSharedMemConfig(reinterpret_cast<const void *>(kernel), config);
}
