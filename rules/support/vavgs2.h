//! needs: by_parts
/// The mean of each signed half-word of `a` and `b`, with halves rounded away from zero as in PTX's `vavrg2`.
inline __device__ unsigned vavgs2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return (x + y + (x + y >= 0)) >> 1; });
}
