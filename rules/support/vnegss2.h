//! needs: by_parts clamped
/// Negates each signed half-word of `a`, limited to its range.
inline __device__ unsigned vnegss2(unsigned a) {
    return by_parts<short>(a, 0, [](int x, int) { return clamped<short>(-x); });
}
