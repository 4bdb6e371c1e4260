//! needs: ddiv_directed
/// The quotient rounded down.
inline __device__ double ddiv_rd(double a, double b) { return ddiv_directed(a, b, -1); }
