/// The larger of `a` and `b`.
inline __host__ __device__ long long llmax(long long a, long long b) { return a < b ? b : a; }
