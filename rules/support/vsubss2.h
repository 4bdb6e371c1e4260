//! needs: by_parts clamped
/// Subtracts each signed half-word of `b` from that of `a`, limited to its range.
inline __device__ unsigned vsubss2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return clamped<short>(x - y); });
}
