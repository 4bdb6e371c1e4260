//! needs: by_parts clamped
/// Subtracts each unsigned byte of `b` from that of `a`, limited to its range.
inline __device__ unsigned vsubus4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return clamped<unsigned char>(x - y); });
}
