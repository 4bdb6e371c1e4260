//! needs: by_parts
/// Subtracts each byte of `b` from that of `a`; what does not fit wraps around.
inline __device__ unsigned vsub4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x - y; });
}
