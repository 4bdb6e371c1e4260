//! needs: by_parts
/// The mean of each signed byte of `a` and `b`, with halves rounded away from zero as in PTX's `vavrg4`.
inline __device__ unsigned vavgs4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return (x + y + (x + y >= 0)) >> 1; });
}
