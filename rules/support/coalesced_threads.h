//! needs: activemask coalesced_group
/// The threads of this warp that are here together.
inline __device__ coalesced_group coalesced_threads() {
    return coalesced_group(activemask());
}
