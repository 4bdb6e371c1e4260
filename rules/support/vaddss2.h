//! needs: by_parts clamped
/// Adds each signed half-word of `a` and `b`, limited to its range.
inline __device__ unsigned vaddss2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return clamped<short>(x + y); });
}
