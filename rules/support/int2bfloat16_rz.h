//! needs: integer_to_bfloat16
/// A whole number as the bfloat16 number toward zero.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 int2bfloat16_rz(int value) { return integer_to_bfloat16(value, 2); }
#endif
