//! needs: by_parts
/// Adds each half-word of `a` and `b`; what does not fit wraps around.
inline __host__ __device__ unsigned vadd2(unsigned a, unsigned b) {
    return by_parts<unsigned short>(a, b, [](int x, int y) { return x + y; });
}
