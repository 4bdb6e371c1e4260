//! needs: vadd2 vmaxu2
/// The larger of `a + b` and `c` for each unsigned half-word; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmax_u16x2(unsigned a, unsigned b, unsigned c) { return vmaxu2(vadd2(a, b), c); }
