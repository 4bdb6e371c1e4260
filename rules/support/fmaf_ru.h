//! needs: fma_directed
/// `a * b + c` rounded once, up.
inline __device__ float fmaf_ru(float a, float b, float c) { return fma_directed(a, b, c, 1); }
