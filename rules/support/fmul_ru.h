//! needs: mul_directed
/// The product rounded up.
inline __device__ float fmul_ru(float a, float b) { return mul_directed(a, b, 1); }
