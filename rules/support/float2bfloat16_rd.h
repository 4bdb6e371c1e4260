//! needs: float_to_bfloat16
/// A number as the bfloat16 number below.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 float2bfloat16_rd(float value) { return float_to_bfloat16(value, -1); }
#endif
