//! needs: pair_values to_small_float
//! include: hip/hip_fp16.h
/// Two numbers with these bits of exponent and mantissa, each in half of the result.
template <int Exponent, int Mantissa>
inline __device__ unsigned short to_small_floats(float high, float low) {
    constexpr int Width = Exponent + Mantissa < 4 ? 4 : 8;
    return (unsigned short)(to_small_float<Exponent, Mantissa>(high) << Width | to_small_float<Exponent, Mantissa>(low));
}
template <int Exponent, int Mantissa>
inline __device__ unsigned short to_small_floats(__half2 pair) {
    const float_pair values = pair_values(pair);
    return to_small_floats<Exponent, Mantissa>(values.high, values.low);
}
