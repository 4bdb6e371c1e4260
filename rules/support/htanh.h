//! needs: element_rounded element_value
/// The hyperbolic tangent of a half-precision or bfloat16 number, computed in single precision.
template <typename T>
inline __device__ T htanh(T a) { return element_rounded(tanhf(element_value(a)), a); }
