//! needs: vmaxs2
/// The larger of each signed half-word of `a` and `b`, and at least 0.
inline __host__ __device__ unsigned vimax_s16x2_relu(unsigned a, unsigned b) { return vmaxs2(vmaxs2(a, b), 0u); }
