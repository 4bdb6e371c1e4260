//! needs: by_parts
/// One in each byte where that of `a` is greater than that of `b`, both signed; else zero.
inline __device__ unsigned vsetgts4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x > y; });
}
