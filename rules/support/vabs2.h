//! needs: by_parts
/// The absolute value of each signed half-word of `a`; the lowest value stays as it is.
inline __device__ unsigned vabs2(unsigned a) {
    return by_parts<short>(a, 0, [](int x, int) { return x < 0 ? -x : x; });
}
