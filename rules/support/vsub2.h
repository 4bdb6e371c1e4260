//! needs: by_parts
/// Subtracts each half-word of `b` from that of `a`; what does not fit wraps around.
inline __device__ unsigned vsub2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x - y; });
}
