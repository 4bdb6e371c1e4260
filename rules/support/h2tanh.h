//! needs: float_pair pair_rounded pair_values
/// The hyperbolic tangent of each half, computed in single precision.
template <typename Type>
inline __device__ Type h2tanh(Type a) {
    const float_pair x = pair_values(a);
    return pair_rounded({tanhf(x.low), tanhf(x.high)}, a);
}
