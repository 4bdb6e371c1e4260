//! needs: vmaxs2
/// The largest of each signed half-word of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimax3_s16x2(unsigned a, unsigned b, unsigned c) { return vmaxs2(vmaxs2(a, b), c); }
