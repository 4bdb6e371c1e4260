//! needs: ddiv_directed
/// The quotient rounded up.
inline __device__ double ddiv_ru(double a, double b) { return ddiv_directed(a, b, 1); }
