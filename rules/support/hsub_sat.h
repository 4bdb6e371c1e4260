//! needs: element_rounded element_value hsub_rn unit_range
/// The difference, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hsub_sat(Type a, Type b) { return element_rounded(unit_range(element_value(hsub_rn(a, b))), a); }
