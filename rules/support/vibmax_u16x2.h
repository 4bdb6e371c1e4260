//! needs: vmaxu2
/// The larger of each unsigned half-word of `a` and `b`. `high` and `low` become whether that of `a` is not the other one.
inline __host__ __device__ unsigned vibmax_u16x2(unsigned a, unsigned b, bool *high, bool *low) {
    *high = static_cast<unsigned short>(a >> 16) >= static_cast<unsigned short>(b >> 16);
    *low = static_cast<unsigned short>(a) >= static_cast<unsigned short>(b);
    return vmaxu2(a, b);
}
