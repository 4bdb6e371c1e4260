//! needs: ddiv_directed
/// The reciprocal rounded up.
inline __device__ double drcp_ru(double a) { return ddiv_directed(1.0, a, 1); }
