/// The smaller of `a` and `b`.
inline __host__ __device__ long long llmin(long long a, long long b) { return a > b ? b : a; }
