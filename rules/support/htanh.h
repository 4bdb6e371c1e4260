//! needs: element_rounded element_value
/// The hyperbolic tangent of a half-precision or bfloat16 number, computed in single precision.
template <typename Type>
inline __device__ Type htanh(Type a) { return element_rounded(tanhf(element_value(a)), a); }
