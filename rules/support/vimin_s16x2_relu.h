//! needs: vmaxs2 vmins2
/// The smaller of each signed half-word of `a` and `b`, and at least 0.
inline __host__ __device__ unsigned vimin_s16x2_relu(unsigned a, unsigned b) { return vmaxs2(vmins2(a, b), 0u); }
