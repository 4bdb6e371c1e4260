//! needs: vmins2
/// The smallest of each signed half-word of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimin3_s16x2(unsigned a, unsigned b, unsigned c) { return vmins2(vmins2(a, b), c); }
