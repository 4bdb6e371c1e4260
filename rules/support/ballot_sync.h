//! needs: ballot
/// One bit for each lane of `mask` where `predicate` holds.
inline __device__ unsigned ballot_sync(unsigned mask, int predicate) {
    return ballot(predicate) & mask;
}
