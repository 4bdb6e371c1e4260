//! needs: vadd2 vmaxs2
/// The larger of `a + b` and `c` for each signed half-word; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmax_s16x2(unsigned a, unsigned b, unsigned c) { return vmaxs2(vadd2(a, b), c); }
