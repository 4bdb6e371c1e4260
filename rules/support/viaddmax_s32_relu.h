//! needs: viaddmax_s32
/// The larger of `a + b` and `c`, and at least 0; the sum keeps its low bits.
inline __host__ __device__ int viaddmax_s32_relu(int a, int b, int c) {
    const int found = viaddmax_s32(a, b, c);
    return found < 0 ? 0 : found;
}
