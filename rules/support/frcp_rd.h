//! needs: div_directed
/// The reciprocal rounded down.
inline __device__ float frcp_rd(float a) { return div_directed(1.0f, a, -1); }
