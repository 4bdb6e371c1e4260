/// The pointer to what stands at `address` in the memory that a block shares.
template <typename T>
inline __device__ auto shared_pointer(unsigned address) -> T * {
#if defined(__HIP_DEVICE_COMPILE__)
    return (T *)(__attribute__((address_space(3))) T *)address;
#else
    return (T *)(unsigned long long)address;
#endif
}
