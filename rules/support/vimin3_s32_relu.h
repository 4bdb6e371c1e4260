//! needs: vimin3_s32
/// The smallest of `a`, `b` and `c`, and at least 0.
inline __host__ __device__ int vimin3_s32_relu(int a, int b, int c) {
    const int found = vimin3_s32(a, b, c);
    return found < 0 ? 0 : found;
}
