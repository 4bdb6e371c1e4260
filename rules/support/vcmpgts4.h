//! needs: by_parts
/// All ones in each signed byte where `a` is greater than `b`, else zeros.
inline __device__ unsigned vcmpgts4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x > y ? -1 : 0; });
}
