//! needs: by_parts
/// All ones in each unsigned half-word where `a` is greater than `b`, else zeros.
inline __device__ unsigned vcmpgtu2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x > y ? -1 : 0; });
}
