//! needs: float_pair pair_rounded pair_values relu
/// `a * b + c` of each half with one rounding, and 0 in place of a negative result; what is no number stays.
template <typename Type>
inline __device__ Type hfma2_relu(Type a, Type b, Type c) {
    const float_pair x = pair_values(__hfma2(a, b, c));
    return pair_rounded({relu(x.low), relu(x.high)}, a);
}
