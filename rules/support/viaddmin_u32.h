/// The smaller of `a + b` and `c`; the sum keeps its low bits.
inline __host__ __device__ unsigned viaddmin_u32(unsigned a, unsigned b, unsigned c) {
    const unsigned sum = a + b;
    return sum > c ? c : sum;
}
