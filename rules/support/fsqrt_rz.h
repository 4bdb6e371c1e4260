//! needs: sqrt_directed
/// The square root rounded toward zero.
inline __device__ float fsqrt_rz(float a) { return sqrt_directed(a, 0); }
