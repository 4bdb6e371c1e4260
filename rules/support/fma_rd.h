//! needs: dfma_directed
/// `a * b + c` rounded once, down.
inline __device__ double fma_rd(double a, double b, double c) { return dfma_directed(a, b, c, -1); }
