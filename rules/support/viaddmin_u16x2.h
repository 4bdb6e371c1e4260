//! needs: vadd2 vminu2
/// The smaller of `a + b` and `c` for each unsigned half-word; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmin_u16x2(unsigned a, unsigned b, unsigned c) { return vminu2(vadd2(a, b), c); }
