//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// `value`, rounded to nearest even to the type of the second argument.
inline __device__ __half element_rounded(float value, __half) { return __float2half(value); }
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 element_rounded(float value, __hip_bfloat16) { return __float2bfloat16(value); }
#endif
