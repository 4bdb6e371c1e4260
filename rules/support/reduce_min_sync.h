//! needs: reduce_lanes
/// The smallest of the `value`s of the lanes of `mask`.
inline __device__ unsigned reduce_min_sync(unsigned mask, unsigned value) {
    return reduce_lanes(mask, value, [](unsigned a, unsigned b) { return b < a ? b : a; });
}

/// The same for signed numbers.
inline __device__ int reduce_min_sync(unsigned mask, int value) {
    return reduce_lanes(mask, value, [](int a, int b) { return b < a ? b : a; });
}
