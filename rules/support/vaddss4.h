//! needs: by_parts clamped
/// Adds each signed byte of `a` and `b`, limited to its range.
inline __device__ unsigned vaddss4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return clamped<signed char>(x + y); });
}
