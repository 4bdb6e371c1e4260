//! needs: by_parts clamped
/// The absolute value of each signed half-word of `a`, limited to its range.
inline __device__ unsigned vabsss2(unsigned a) {
    return by_parts<short>(a, 0, [](int x, int) { return clamped<short>(x < 0 ? -x : x); });
}
