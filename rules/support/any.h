//! needs: ballot
/// Whether `predicate` holds in at least one lane of this warp.
inline __device__ int any(int predicate) {
    return ballot(predicate) != 0;
}
