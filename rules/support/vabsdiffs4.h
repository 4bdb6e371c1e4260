//! needs: by_parts
/// The absolute difference of each signed byte of `a` and `b`.
inline __device__ unsigned vabsdiffs4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x < y ? y - x : x - y; });
}
