//! include: hip/hip_bf16.h
/// The bits of a bfloat16 number.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ unsigned short bfloat16_bits(__hip_bfloat16 value) {
    unsigned short bits;
    __builtin_memcpy(&bits, &value, 2);
    return bits;
}

/// The bits of a pair of them.
inline __device__ unsigned bfloat16_bits(__hip_bfloat162 value) {
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    return bits;
}
#endif
