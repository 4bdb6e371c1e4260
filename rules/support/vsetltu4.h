//! needs: by_parts
/// One in each unsigned byte where `a` is less than `b`, else zero.
inline __device__ unsigned vsetltu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x < y; });
}
