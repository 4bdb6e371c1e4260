//! needs: ballot
/// Whether `predicate` holds in every lane of `mask` that is there.
inline __device__ int all_sync(unsigned mask, int predicate) {
    return (ballot(!predicate) & mask) == 0;
}
