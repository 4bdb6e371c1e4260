//! needs: by_parts clamped
/// Adds each unsigned byte of `a` and `b`, limited to its range.
inline __device__ unsigned vaddus4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return clamped<unsigned char>(x + y); });
}
