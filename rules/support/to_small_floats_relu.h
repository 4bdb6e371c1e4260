//! needs: pair_values relu to_small_floats
//! include: hip/hip_fp16.h
/// Two numbers like `to_small_floats`, with 0 in place of negative numbers.
template <int Exponent, int Mantissa>
inline __device__ unsigned short to_small_floats_relu(float high, float low) {
    return to_small_floats<Exponent, Mantissa>(relu(high), relu(low));
}
template <int Exponent, int Mantissa>
inline __device__ unsigned short to_small_floats_relu(__half2 pair) {
    const float_pair values = pair_values(pair);
    return to_small_floats_relu<Exponent, Mantissa>(values.high, values.low);
}
