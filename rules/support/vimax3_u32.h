/// The largest of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimax3_u32(unsigned a, unsigned b, unsigned c) {
    const unsigned found = a < b ? b : a;
    return found < c ? c : found;
}
