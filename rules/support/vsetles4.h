//! needs: by_parts
/// One in each signed byte where `a` is at most `b`, else zero.
inline __device__ unsigned vsetles4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x <= y; });
}
