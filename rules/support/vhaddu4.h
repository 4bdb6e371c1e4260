//! needs: by_parts
/// The mean of each unsigned byte of `a` and `b`, rounded down.
inline __device__ unsigned vhaddu4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return (x + y) >> 1; });
}
