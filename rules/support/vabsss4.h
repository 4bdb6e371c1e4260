//! needs: by_parts clamped
/// The absolute value of each signed byte of `a`, limited to its range.
inline __device__ unsigned vabsss4(unsigned a) {
    return by_parts<signed char>(a, 0, [](int x, int) { return clamped<signed char>(x < 0 ? -x : x); });
}
