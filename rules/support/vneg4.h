//! needs: by_parts
/// Negates each signed byte of `a`; the lowest value stays as it is.
inline __device__ unsigned vneg4(unsigned a) {
    return by_parts<signed char>(a, 0, [](int x, int) { return -x; });
}
