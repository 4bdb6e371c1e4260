//! needs: dmul_directed
/// The product rounded toward zero.
inline __device__ double dmul_rz(double a, double b) { return dmul_directed(a, b, 0); }
