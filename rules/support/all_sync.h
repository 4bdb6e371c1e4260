//! needs: ballot
/// Whether `predicate` holds in every active lane of `mask`.
inline __device__ int all_sync(unsigned mask, int predicate) {
    return (ballot(!predicate) & mask) == 0;
}
