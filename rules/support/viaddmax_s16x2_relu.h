//! needs: viaddmax_s16x2 vmaxs2
/// The larger of `a + b` and `c` for each signed half-word, and at least 0; a sum keeps its low bits.
inline __host__ __device__ unsigned viaddmax_s16x2_relu(unsigned a, unsigned b, unsigned c) { return vmaxs2(viaddmax_s16x2(a, b, c), 0u); }
