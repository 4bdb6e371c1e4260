//! needs: ddiv_directed
/// The reciprocal rounded down.
inline __device__ double drcp_rd(double a) { return ddiv_directed(1.0, a, -1); }
