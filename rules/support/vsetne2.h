//! needs: by_parts
/// One in each half-word where `a` and `b` differ, else zero.
inline __device__ unsigned vsetne2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x != y; });
}
