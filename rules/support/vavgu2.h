//! needs: by_parts
/// The mean of each unsigned half-word of `a` and `b`, rounded up.
inline __device__ unsigned vavgu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return (x + y + 1) >> 1; });
}
