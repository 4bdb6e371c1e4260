//! needs: ballot
/// Whether `predicate` holds in every active lane of this warp.
inline __device__ int all(int predicate) {
    return ballot(!predicate) == 0;
}
