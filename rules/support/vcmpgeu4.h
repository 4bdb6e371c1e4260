//! needs: by_parts
/// All ones in each unsigned byte where `a` is at least `b`, else zeros.
inline __device__ unsigned vcmpgeu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x >= y ? -1 : 0; });
}
