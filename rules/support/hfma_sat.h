//! needs: element_rounded element_value unit_range
/// `a * b + c` with one rounding, clamped to [0, 1]; 0 for what is no number.
template <typename T>
inline __device__ T hfma_sat(T a, T b, T c) { return element_rounded(unit_range(element_value(__hfma(a, b, c))), a); }
