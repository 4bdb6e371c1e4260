//! needs: by_parts
/// The smaller of each signed half-word of `a` and `b`.
inline __host__ __device__ unsigned vmins2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return x < y ? x : y; });
}
