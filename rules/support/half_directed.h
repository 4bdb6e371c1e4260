//! needs: as_half
//! include: hip/hip_fp16.h
/// The half-precision number next to `value`: down (`direction` -1), toward zero (0) or up (1).
inline __device__ __half half_directed(double value, int direction) {
    unsigned long long bits;
    __builtin_memcpy(&bits, &value, 8);
    const unsigned sign = bits >> 63 ? 0x8000u : 0u;
    const double size = value < 0.0 ? -value : value;
    if (value != value) return as_half(0x7fff);
    const bool is_away = direction == (sign ? -1 : 1);
    if (size >= 65536.0) return as_half(static_cast<unsigned short>(sign | (is_away || size - size != 0.0 ? 0x7c00u : 0x7bffu)));
    int exponent = static_cast<int>(bits >> 52 & 0x7ffu) - 1023;
    exponent = exponent < -14 ? -14 : exponent;
    // The number in units of the last place of the result.
    const unsigned long long scale_bits = static_cast<unsigned long long>(1023 + 10 - exponent) << 52;
    double scale;
    __builtin_memcpy(&scale, &scale_bits, 8);
    const double units = size * scale;
    unsigned whole = static_cast<unsigned>(units);
    whole += is_away && units != whole ? 1u : 0u;
    return as_half(static_cast<unsigned short>(sign | ((static_cast<unsigned>(exponent + 14) << 10) + whole)));
}
