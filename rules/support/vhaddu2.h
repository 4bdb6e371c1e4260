//! needs: by_parts
/// The mean of each unsigned half-word of `a` and `b`, rounded down.
inline __device__ unsigned vhaddu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return (x + y) >> 1; });
}
