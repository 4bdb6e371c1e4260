//! needs: element_rounded element_value unit_range
/// `a * b + c` with one rounding, clamped to [0, 1]; 0 for what is no number.
template <typename Type>
inline __device__ Type hfma_sat(Type a, Type b, Type c) { return element_rounded(unit_range(element_value(__hfma(a, b, c))), a); }
