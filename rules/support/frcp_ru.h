//! needs: div_directed
/// The reciprocal rounded up.
inline __device__ float frcp_ru(float a) { return div_directed(1.0f, a, 1); }
