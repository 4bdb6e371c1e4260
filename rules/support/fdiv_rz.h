//! needs: div_directed
/// The quotient rounded toward zero.
inline __device__ float fdiv_rz(float a, float b) { return div_directed(a, b, 0); }
