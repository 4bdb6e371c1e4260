//! needs: hequ2_mask pair_rounded
/// 1 in each half whose elements are equal or are no numbers, else 0.
template <typename Type>
inline __device__ Type hequ2(Type a, Type b) {
    const unsigned mask = hequ2_mask(a, b);
    return pair_rounded({mask & 1u ? 1.0f : 0.0f, mask >> 31 ? 1.0f : 0.0f}, a);
}
