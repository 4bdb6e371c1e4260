//! needs: float_pair hsub2_rn pair_rounded pair_values unit_range
/// The difference of each half, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hsub2_sat(Type a, Type b) {
    const float_pair x = pair_values(hsub2_rn(a, b));
    return pair_rounded({unit_range(x.low), unit_range(x.high)}, a);
}
