//! needs: reduce_lanes
/// The bitwise exclusive or of the `value`s of the lanes of `mask`.
inline __device__ unsigned reduce_xor_sync(unsigned mask, unsigned value) {
    return reduce_lanes(mask, value, [](unsigned a, unsigned b) { return a ^ b; });
}
