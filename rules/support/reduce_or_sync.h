//! needs: reduce_lanes
/// The bitwise or of the `value`s of the lanes of `mask`.
inline __device__ unsigned reduce_or_sync(unsigned mask, unsigned value) {
    return reduce_lanes(mask, value, [](unsigned a, unsigned b) { return a | b; });
}
