//! needs: by_parts
/// Negates each signed byte of `a`; the lowest one stays.
inline __device__ unsigned vneg4(unsigned a) {
    return by_parts<signed char>(a, 0, [](int x, int) { return -x; });
}
