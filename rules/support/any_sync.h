//! needs: ballot
/// Whether `predicate` holds in a lane of `mask`.
inline __device__ int any_sync(unsigned mask, int predicate) {
    return (ballot(predicate) & mask) != 0;
}
