//! needs: vmaxu2
/// The largest of each unsigned half-word of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimax3_u16x2(unsigned a, unsigned b, unsigned c) { return vmaxu2(vmaxu2(a, b), c); }
