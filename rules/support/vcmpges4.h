//! needs: by_parts
/// All ones in each byte where that of `a` is at least that of `b`, both signed; else zeros.
inline __device__ unsigned vcmpges4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x >= y ? -1 : 0; });
}
