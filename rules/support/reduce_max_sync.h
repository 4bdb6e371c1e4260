//! needs: reduce_lanes
/// The largest of the `value`s of the lanes of `mask`.
inline __device__ unsigned reduce_max_sync(unsigned mask, unsigned value) {
    return reduce_lanes(mask, value, [](unsigned a, unsigned b) { return a < b ? b : a; });
}

/// The same for signed numbers.
inline __device__ int reduce_max_sync(unsigned mask, int value) {
    return reduce_lanes(mask, value, [](int a, int b) { return a < b ? b : a; });
}
