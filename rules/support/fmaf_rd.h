//! needs: fma_directed
/// `a * b + c` rounded once, down.
inline __device__ float fmaf_rd(float a, float b, float c) { return fma_directed(a, b, c, -1); }
