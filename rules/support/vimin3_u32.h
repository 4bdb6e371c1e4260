/// The smallest of `a`, `b` and `c`.
inline __host__ __device__ unsigned vimin3_u32(unsigned a, unsigned b, unsigned c) {
    const unsigned found = a > b ? b : a;
    return found > c ? c : found;
}
