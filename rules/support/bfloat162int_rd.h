//! needs: bfloat16_bits to_integer
/// A bfloat16 number rounded down, limited to the range of the result.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ int bfloat162int_rd(__hip_bfloat16 value) {
    const unsigned bits = static_cast<unsigned>(bfloat16_bits(value)) << 16;
    float whole;
    __builtin_memcpy(&whole, &bits, 4);
    return to_integer<int>(floorf(whole));
}
#endif
