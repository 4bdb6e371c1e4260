//! needs: ballot
/// The lanes of this warp that are there.
inline __device__ unsigned activemask() {
    return ballot(1);
}
