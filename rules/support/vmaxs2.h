//! needs: by_parts
/// The larger of each signed half-word of `a` and `b`.
inline __host__ __device__ unsigned vmaxs2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return x < y ? y : x; });
}
