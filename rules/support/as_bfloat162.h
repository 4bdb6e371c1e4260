//! include: hip/hip_bf16.h
/// The pair of bfloat16 numbers with these bits.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 as_bfloat162(unsigned bits) {
    __hip_bfloat162 value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
}
#endif
