//! needs: by_parts
/// The absolute value of each signed byte of `a`; the lowest value stays as it is.
inline __device__ unsigned vabs4(unsigned a) {
    return by_parts<signed char>(a, 0, [](int x, int) { return x < 0 ? -x : x; });
}
