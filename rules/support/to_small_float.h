/// The bits of `value` as a number with these bits of exponent and mantissa, rounded to nearest even. A number that is too
/// large becomes the largest one. A format without NaN has its largest number in place of NaN.
template <int Exponent, int Mantissa>
inline __device__ unsigned to_small_float(float value) {
    constexpr unsigned Ones = (1u << (Exponent + Mantissa)) - 1u;
    // The format with 5 bits of exponent has infinities, and the one with 4 and 3 bits has one NaN.
    constexpr unsigned Largest = Exponent == 5 ? Ones - (1u << Mantissa) : Exponent == 4 ? Ones - 1u : Ones;
    // The biased exponent, as `float` has it, of the smallest number with a leading bit.
    constexpr unsigned Lowest = 129u - (1u << (Exponent - 1));
    const unsigned word = __float_as_uint(value), magnitude = word & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return Ones;
    const float size = fminf(__uint_as_float(magnitude), 65536.0f);
    const unsigned own = __float_as_uint(size) >> 23, exponent = own > Lowest ? own : Lowest;
    // The number in units of its last place. The leading bit adds one to the exponent.
    const unsigned steps = (unsigned)rintf(size * __uint_as_float((254u + Mantissa - exponent) << 23));
    const unsigned bits = ((exponent - Lowest) << Mantissa) + steps;
    return (word >> 31) << (Exponent + Mantissa) | (bits < Largest ? bits : Largest);
}
