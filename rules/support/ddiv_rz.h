//! needs: ddiv_directed
/// The quotient rounded toward zero.
inline __device__ double ddiv_rz(double a, double b) { return ddiv_directed(a, b, 0); }
