//! needs: as_half2 half_bits max_half
//! include: hip/hip_fp16.h
/// The larger one of each of two half-precision numbers; what is no number gives way to the other one.
inline __device__ __half2 max_half2(__half2 a, __half2 b) {
    const unsigned x = half_bits(a), y = half_bits(b);
    const unsigned high = max_half((unsigned short)(x >> 16), (unsigned short)(y >> 16), 0x7c00u);
    return as_half2(high << 16 | max_half((unsigned short)x, (unsigned short)y, 0x7c00u));
}
