//! needs: mul_directed
/// The product rounded toward zero.
inline __device__ float fmul_rz(float a, float b) { return mul_directed(a, b, 0); }
