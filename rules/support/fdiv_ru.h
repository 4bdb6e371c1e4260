//! needs: div_directed
/// The quotient rounded up.
inline __device__ float fdiv_ru(float a, float b) { return div_directed(a, b, 1); }
