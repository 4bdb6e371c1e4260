//! needs: by_parts
/// The absolute difference of each unsigned byte of `a` and `b`.
inline __device__ unsigned vabsdiffu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x < y ? y - x : x - y; });
}
