//! needs: by_parts
/// One in each signed half-word where `a` is less than `b`, else zero.
inline __device__ unsigned vsetlts2(unsigned a, unsigned b) {
    return by_parts<short>(a, b, [](int x, int y) { return x < y; });
}
