//! needs: viaddmin_s32
/// The smaller of `a + b` and `c`, and at least 0; the sum keeps its low bits.
inline __host__ __device__ int viaddmin_s32_relu(int a, int b, int c) {
    const int found = viaddmin_s32(a, b, c);
    return found < 0 ? 0 : found;
}
