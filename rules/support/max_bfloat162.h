//! needs: as_bfloat162 bfloat16_bits max_half
//! include: hip/hip_bf16.h
/// The larger one of each of two bfloat16 numbers; what is no number gives way to the other one.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 max_bfloat162(__hip_bfloat162 a, __hip_bfloat162 b) {
    const unsigned x = bfloat16_bits(a), y = bfloat16_bits(b);
    const unsigned high = max_half((unsigned short)(x >> 16), (unsigned short)(y >> 16), 0x7f80u);
    return as_bfloat162(high << 16 | max_half((unsigned short)x, (unsigned short)y, 0x7f80u));
}
#endif
