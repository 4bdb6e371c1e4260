//! needs: vimax3_s16x2 vmaxs2
/// The largest of each signed half-word of `a`, `b` and `c`, and at least 0.
inline __host__ __device__ unsigned vimax3_s16x2_relu(unsigned a, unsigned b, unsigned c) { return vmaxs2(vimax3_s16x2(a, b, c), 0u); }
