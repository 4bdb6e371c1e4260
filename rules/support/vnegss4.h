//! needs: by_parts clamped
/// Negates each signed byte of `a`, limited to its range.
inline __device__ unsigned vnegss4(unsigned a) {
    return by_parts<signed char>(a, 0, [](int x, int) { return clamped<signed char>(-x); });
}
