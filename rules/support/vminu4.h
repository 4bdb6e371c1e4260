//! needs: by_parts
/// The smaller of each unsigned byte of `a` and `b`.
inline __device__ unsigned vminu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x < y ? x : y; });
}
