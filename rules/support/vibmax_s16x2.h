//! needs: vmaxs2
/// The larger of each signed half-word of `a` and `b`. `high` and `low` become whether that of `a` is not the other one.
inline __host__ __device__ unsigned vibmax_s16x2(unsigned a, unsigned b, bool *high, bool *low) {
    *high = static_cast<short>(a >> 16) >= static_cast<short>(b >> 16);
    *low = static_cast<short>(a) >= static_cast<short>(b);
    return vmaxs2(a, b);
}
