//! needs: by_parts
/// All ones in each half-word where that of `a` is less than that of `b`, both unsigned; else zeros.
inline __device__ unsigned vcmpltu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x < y ? -1 : 0; });
}
