//! needs: by_parts
/// All ones in each half-word where that of `a` is at least that of `b`, both unsigned; else zeros.
inline __device__ unsigned vcmpgeu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x >= y ? -1 : 0; });
}
