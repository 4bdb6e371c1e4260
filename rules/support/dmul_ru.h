//! needs: dmul_directed
/// The product rounded up.
inline __device__ double dmul_ru(double a, double b) { return dmul_directed(a, b, 1); }
