//! needs: by_parts
/// All ones in each byte where that of `a` is at most that of `b`, both unsigned; else zeros.
inline __device__ unsigned vcmpleu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x <= y ? -1 : 0; });
}
