//! needs: by_parts
/// All ones in each half-word where that of `a` is less than that of `b`, both signed; else zeros.
inline __device__ unsigned vcmplts2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return x < y ? -1 : 0; });
}
