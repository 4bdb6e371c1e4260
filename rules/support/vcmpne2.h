//! needs: by_parts
/// All ones in each half-word where `a` and `b` differ, else zeros.
inline __device__ unsigned vcmpne2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x != y ? -1 : 0; });
}
