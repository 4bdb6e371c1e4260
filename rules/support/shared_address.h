/// The address of a pointer into the memory that a block shares, for `shared_pointer`.
inline __device__ unsigned shared_address(const void *pointer) {
#if defined(__HIP_DEVICE_COMPILE__)
    return (unsigned)(__attribute__((address_space(3))) const char *)pointer;
#else
    return (unsigned)(unsigned long long)pointer;
#endif
}
