//! needs: by_parts
/// All ones in each byte where `a` and `b` differ, else zeros.
inline __device__ unsigned vcmpne4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x != y ? -1 : 0; });
}
