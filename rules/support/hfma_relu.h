//! needs: element_rounded element_value relu
/// `a * b + c` with one rounding, and 0 in place of a negative result; what is no number stays.
template <typename Type>
inline __device__ Type hfma_relu(Type a, Type b, Type c) { return element_rounded(relu(element_value(__hfma(a, b, c))), a); }
