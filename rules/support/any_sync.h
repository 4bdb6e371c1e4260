//! needs: ballot
/// Whether `predicate` holds in at least one lane of `mask`.
inline __device__ int any_sync(unsigned mask, int predicate) {
    return (ballot(predicate) & mask) != 0;
}
