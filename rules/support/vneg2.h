//! needs: by_parts
/// Negates each signed half-word of `a`; the lowest value stays as it is.
inline __device__ unsigned vneg2(unsigned a) {
    return by_parts<short>(a, 0, [](int x, int) { return -x; });
}
