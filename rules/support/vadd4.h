//! needs: by_parts
/// Adds each byte of `a` and `b`; what does not fit wraps around.
inline __device__ unsigned vadd4(unsigned a, unsigned b) {
    return by_parts<unsigned char>(a, b, [](int x, int y) { return x + y; });
}
