//! include: hip/hip_bf16.h
/// The bfloat16 number with these bits.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 as_bfloat16(unsigned short bits) {
    __hip_bfloat16 value;
    __builtin_memcpy(&value, &bits, 2);
    return value;
}
#endif
