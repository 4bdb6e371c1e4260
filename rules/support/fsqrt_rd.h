//! needs: sqrt_directed
/// The square root rounded down.
inline __device__ float fsqrt_rd(float a) { return sqrt_directed(a, -1); }
