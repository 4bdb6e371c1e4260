//! needs: by_parts
/// One in each unsigned half-word where `a` is less than `b`, else zero.
inline __device__ unsigned vsetltu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x < y; });
}
