//! needs: vimax3_s32
/// The largest of `a`, `b` and `c`, and at least 0.
inline __host__ __device__ int vimax3_s32_relu(int a, int b, int c) {
    const int found = vimax3_s32(a, b, c);
    return found < 0 ? 0 : found;
}
