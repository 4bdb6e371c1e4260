//! include: hip/hip_bf16.h
/// A pair of the same number.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 float2bfloat162_rn(float value) { return __bfloat162bfloat162(__float2bfloat16(value)); }
#endif
