//! needs: fma_directed
/// `a * b + c` rounded once, toward zero.
inline __device__ float fmaf_rz(float a, float b, float c) { return fma_directed(a, b, c, 0); }
