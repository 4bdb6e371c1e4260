//! needs: by_parts
/// One in each byte where `a` and `b` are equal, else zero.
inline __device__ unsigned vseteq4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x == y; });
}
