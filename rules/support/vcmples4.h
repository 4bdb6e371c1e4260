//! needs: by_parts
/// All ones in each signed byte where `a` is at most `b`, else zeros.
inline __device__ unsigned vcmples4(unsigned a, unsigned b) {
    return by_parts<signed char>(a, b, [](int x, int y) { return x <= y ? -1 : 0; });
}
