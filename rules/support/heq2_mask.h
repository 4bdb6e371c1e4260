//! needs: float_pair pair_mask pair_values
/// All bits of each half whose elements are equal; false for what is no number.
template <typename Type>
inline __device__ unsigned heq2_mask(Type a, Type b) {
    const float_pair x = pair_values(a), y = pair_values(b);
    return pair_mask(x.low == y.low, x.high == y.high);
}
