//! needs: vadd2 vmins2
/// The smaller of `a + b` and `c` for each signed half-word; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmin_s16x2(unsigned a, unsigned b, unsigned c) { return vmins2(vadd2(a, b), c); }
