/// The smallest of `a`, `b` and `c`.
inline __host__ __device__ int vimin3_s32(int a, int b, int c) {
    const int found = a > b ? b : a;
    return found > c ? c : found;
}
