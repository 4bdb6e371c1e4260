//! needs: mul_directed
/// The product rounded down.
inline __device__ float fmul_rd(float a, float b) { return mul_directed(a, b, -1); }
