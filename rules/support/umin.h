/// The smaller of `a` and `b`.
inline __host__ __device__ unsigned umin(unsigned a, unsigned b) { return a > b ? b : a; }
