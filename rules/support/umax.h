/// The larger of `a` and `b`.
inline __host__ __device__ unsigned umax(unsigned a, unsigned b) { return a < b ? b : a; }
