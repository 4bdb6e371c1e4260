//! needs: by_parts
/// One in each half-word where that of `a` is less than that of `b`, both unsigned; else zero.
inline __device__ unsigned vsetltu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x < y; });
}
