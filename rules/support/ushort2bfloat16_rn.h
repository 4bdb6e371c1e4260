//! needs: integer_to_bfloat16
/// A whole number as the nearest bfloat16 number.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 ushort2bfloat16_rn(unsigned short value) { return integer_to_bfloat16(value, 0); }
#endif
