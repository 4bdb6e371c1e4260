//! needs: by_parts
/// The smaller of each signed byte of `a` and `b`.
inline __device__ unsigned vmins4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x < y ? x : y; });
}
