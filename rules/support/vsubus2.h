//! needs: by_parts clamped
/// Subtracts each unsigned half-word of `b` from that of `a`, limited to its range.
inline __device__ unsigned vsubus2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return clamped<unsigned short>(x - y); });
}
