//! needs: viaddmin_s16x2 vmaxs2
/// The smaller of `a + b` and `c` for each signed half-word, and at least 0; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmin_s16x2_relu(unsigned a, unsigned b, unsigned c) { return vmaxs2(viaddmin_s16x2(a, b, c), 0u); }
