/// Whether a pointer is one into the memory of its thread alone.
inline __device__ bool is_private(const void *pointer) {
#if defined(__HIP_DEVICE_COMPILE__)
    return __builtin_amdgcn_is_private((__attribute__((address_space(0))) void *)pointer);
#else
    return pointer == nullptr;
#endif
}
