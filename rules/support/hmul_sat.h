//! needs: element_rounded element_value hmul_rn unit_range
/// The product, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hmul_sat(Type a, Type b) { return element_rounded(unit_range(element_value(hmul_rn(a, b))), a); }
