//! needs: by_parts clamped
/// Adds each unsigned half-word of `a` and `b`, limited to its range.
inline __device__ unsigned vaddus2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return clamped<unsigned short>(x + y); });
}
