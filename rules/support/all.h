//! needs: ballot
/// Whether `predicate` holds in every lane of this warp that is there.
inline __device__ int all(int predicate) {
    return ballot(!predicate) == 0;
}
