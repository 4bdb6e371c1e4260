/// The largest of `a`, `b` and `c`.
inline __host__ __device__ int vimax3_s32(int a, int b, int c) {
    const int found = a < b ? b : a;
    return found < c ? c : found;
}
