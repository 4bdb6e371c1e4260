//! needs: by_parts
/// All ones in each half-word where `a` and `b` are equal, else zeros.
inline __device__ unsigned vcmpeq2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x == y ? -1 : 0; });
}
