//! needs: float_pair pair_rounded pair_values
/// The difference of each half, never as a part of a fused operation.
template <typename Type>
inline __device__ Type hsub2_rn(Type a, Type b) {
#pragma clang fp contract(off)
    const float_pair x = pair_values(a), y = pair_values(b);
    return pair_rounded({x.low - y.low, x.high - y.high}, a);
}
