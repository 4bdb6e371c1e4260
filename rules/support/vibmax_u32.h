/// The larger of `a` and `b`. `is_a` becomes whether `a` is not the other one.
inline __host__ __device__ unsigned vibmax_u32(unsigned a, unsigned b, bool *is_a) {
    *is_a = a >= b;
    return *is_a ? a : b;
}
