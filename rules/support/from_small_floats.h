//! needs: from_small_float
//! include: hip/hip_fp16.h
/// The half-precision numbers of the two halves of `pair`.
template <int Exponent, int Mantissa>
inline __device__ __half2 from_small_floats(unsigned pair) {
    constexpr int Width = Exponent + Mantissa < 4 ? 4 : 8;
    return __floats2half2_rn(from_small_float<Exponent, Mantissa>(pair), from_small_float<Exponent, Mantissa>(pair >> Width));
}
