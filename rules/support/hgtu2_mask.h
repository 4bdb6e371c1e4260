//! needs: float_pair pair_mask pair_values
/// All bits of each half whose elements are greater, or are no numbers.
template <typename T>
inline __device__ unsigned hgtu2_mask(T a, T b) {
    const float_pair x = pair_values(a), y = pair_values(b);
    return pair_mask(!(x.low <= y.low), !(x.high <= y.high));
}
