//! needs: integer_to_bfloat16
/// A whole number as the bfloat16 number above.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 ushort2bfloat16_ru(unsigned short value) { return integer_to_bfloat16(value, 1); }
#endif
