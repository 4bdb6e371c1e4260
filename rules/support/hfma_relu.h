//! needs: element_rounded element_value relu
/// `a * b + c` with one rounding, and 0 in place of a negative result; what is no number stays.
template <typename T>
inline __device__ T hfma_relu(T a, T b, T c) { return element_rounded(relu(element_value(__hfma(a, b, c))), a); }
