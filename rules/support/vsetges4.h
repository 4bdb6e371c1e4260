//! needs: by_parts
/// One in each signed byte where `a` is at least `b`, else zero.
inline __device__ unsigned vsetges4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x >= y; });
}
