//! needs: as_half
//! include: hip/hip_fp16.h
/// The value of a number with these bits of exponent and mantissa. The exponent of a half-precision number has another bias.
template <int Exponent, int Mantissa>
inline __device__ float from_small_float(unsigned bits) {
    constexpr unsigned Ones = (1u << (Exponent + Mantissa)) - 1u;
    const unsigned size = bits & Ones, sign = bits >> (Exponent + Mantissa) & 1u;
    if (Exponent == 4 && size == Ones) return __uint_as_float(0x7fffffffu);
    const unsigned half = sign << 15 | size << (10 - Mantissa);
    return (float)(1 << (16 - (1 << (Exponent - 1)))) * __half2float(as_half((unsigned short)half));
}
