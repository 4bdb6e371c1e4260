//! needs: ballot
/// Whether `predicate` is the same in all lanes of `mask`.
inline __device__ int uni_sync(unsigned mask, int predicate) {
    const unsigned found = ballot(predicate) & mask;
    return found == 0 || found == mask;
}
