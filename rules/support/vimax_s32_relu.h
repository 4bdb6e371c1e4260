/// The larger of `a` and `b`, and at least 0.
inline __host__ __device__ int vimax_s32_relu(int a, int b) {
    const int found = a < b ? b : a;
    return found < 0 ? 0 : found;
}
