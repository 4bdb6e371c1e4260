//! needs: by_parts
/// All ones in each signed half-word where `a` is at least `b`, else zeros.
inline __device__ unsigned vcmpges2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return x >= y ? -1 : 0; });
}
