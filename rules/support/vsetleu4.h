//! needs: by_parts
/// One in each byte where that of `a` is at most that of `b`, both unsigned; else zero.
inline __device__ unsigned vsetleu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x <= y; });
}
