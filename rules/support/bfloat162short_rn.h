//! needs: bfloat16_bits to_integer
/// A bfloat16 number rounded to the nearest whole number, halves to even, limited to the range of the result.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ short bfloat162short_rn(__hip_bfloat16 value) {
    const unsigned bits = static_cast<unsigned>(bfloat16_bits(value)) << 16;
    float whole;
    __builtin_memcpy(&whole, &bits, 4);
    return to_integer<short>(rintf(whole));
}
#endif
