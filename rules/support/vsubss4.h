//! needs: by_parts clamped
/// Subtracts each signed byte of `b` from that of `a`, limited to its range.
inline __device__ unsigned vsubss4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return clamped<signed char>(x - y); });
}
