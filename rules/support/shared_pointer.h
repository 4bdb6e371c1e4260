/// The pointer to what stands at `address` in the memory that a block shares.
template <typename Type>
inline __device__ auto shared_pointer(unsigned address) -> Type * {
#if defined(__HIP_DEVICE_COMPILE__)
    return (Type *)(__attribute__((address_space(3))) Type *)address;
#else
    return (Type *)(unsigned long long)address;
#endif
}
