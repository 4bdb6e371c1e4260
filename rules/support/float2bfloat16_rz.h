//! needs: float_to_bfloat16
/// A number as the bfloat16 number toward zero.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 float2bfloat16_rz(float value) { return float_to_bfloat16(value, 2); }
#endif
