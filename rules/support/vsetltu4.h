//! needs: by_parts
/// One in each byte where that of `a` is less than that of `b`, both unsigned; else zero.
inline __device__ unsigned vsetltu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x < y; });
}
