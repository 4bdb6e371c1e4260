//! needs: float_pair pair_mask pair_values
/// All bits of each half whose elements are greater or equal, or are no numbers.
template <typename Type>
inline __device__ unsigned hgeu2_mask(Type a, Type b) {
    const float_pair x = pair_values(a), y = pair_values(b);
    return pair_mask(!(x.low < y.low), !(x.high < y.high));
}
