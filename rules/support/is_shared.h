/// Whether a pointer is one into the memory that a block shares.
inline __device__ bool is_shared(const void *pointer) {
#if defined(__HIP_DEVICE_COMPILE__)
    return __builtin_amdgcn_is_shared((__attribute__((address_space(0))) void *)pointer);
#else
    return pointer == nullptr;
#endif
}
