//! needs: float_pair pair_rounded pair_values unit_range
/// `a * b + c` of each half with one rounding, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hfma2_sat(Type a, Type b, Type c) {
    const float_pair x = pair_values(__hfma2(a, b, c));
    return pair_rounded({unit_range(x.low), unit_range(x.high)}, a);
}
