//! needs: div_directed
/// The reciprocal rounded toward zero.
inline __device__ float frcp_rz(float a) { return div_directed(1.0f, a, 0); }
