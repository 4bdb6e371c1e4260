//! needs: dmul_directed
/// The product rounded down.
inline __device__ double dmul_rd(double a, double b) { return dmul_directed(a, b, -1); }
