//! needs: dfma_directed
/// `a * b + c` rounded once, toward zero.
inline __device__ double fma_rz(double a, double b, double c) { return dfma_directed(a, b, c, 0); }
