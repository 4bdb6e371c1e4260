//! needs: dfma_directed
/// `a * b + c` rounded once, up.
inline __device__ double fma_ru(double a, double b, double c) { return dfma_directed(a, b, c, 1); }
