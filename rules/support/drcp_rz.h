//! needs: ddiv_directed
/// The reciprocal rounded toward zero.
inline __device__ double drcp_rz(double a) { return ddiv_directed(1.0, a, 0); }
