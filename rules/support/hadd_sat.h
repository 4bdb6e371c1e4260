//! needs: element_rounded element_value hadd_rn unit_range
/// The sum, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hadd_sat(Type a, Type b) { return element_rounded(unit_range(element_value(hadd_rn(a, b))), a); }
