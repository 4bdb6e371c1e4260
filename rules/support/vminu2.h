//! needs: by_parts
/// The smaller of each unsigned half-word of `a` and `b`.
inline __host__ __device__ unsigned vminu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x < y ? x : y; });
}
