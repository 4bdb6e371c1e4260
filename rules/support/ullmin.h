/// The smaller of `a` and `b`.
inline __host__ __device__ unsigned long long ullmin(unsigned long long a, unsigned long long b) { return a > b ? b : a; }
