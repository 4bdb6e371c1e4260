//! needs: vminu2
/// The smallest of each unsigned half-word of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimin3_u16x2(unsigned a, unsigned b, unsigned c) { return vminu2(vminu2(a, b), c); }
