//! needs: div_directed
/// The quotient rounded down.
inline __device__ float fdiv_rd(float a, float b) { return div_directed(a, b, -1); }
