//! needs: from_small_float relu
//! include: hip/hip_fp16.h
/// The half-precision numbers of the two halves of `pair`, with 0 in place of negative numbers.
template <int Exponent, int Mantissa>
inline __device__ __half2 from_small_floats_relu(unsigned pair) {
    constexpr int Width = Exponent + Mantissa < 4 ? 4 : 8;
    return __floats2half2_rn(relu(from_small_float<Exponent, Mantissa>(pair)),
                             relu(from_small_float<Exponent, Mantissa>(pair >> Width)));
}
