//! needs: by_parts
/// The larger of each signed byte of `a` and `b`.
inline __device__ unsigned vmaxs4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x < y ? y : x; });
}
