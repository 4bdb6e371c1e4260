//! needs: ballot
/// The active lanes of this warp.
inline __device__ unsigned activemask() {
    return ballot(1);
}
