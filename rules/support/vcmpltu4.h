//! needs: by_parts
/// All ones in each unsigned byte where `a` is less than `b`, else zeros.
inline __device__ unsigned vcmpltu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x < y ? -1 : 0; });
}
