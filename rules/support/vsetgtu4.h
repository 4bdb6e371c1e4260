//! needs: by_parts
/// One in each unsigned byte where `a` is greater than `b`, else zero.
inline __device__ unsigned vsetgtu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x > y; });
}
