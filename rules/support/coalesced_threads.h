//! needs: activemask coalesced_group
/// The group of the active threads of this warp.
inline __device__ coalesced_group coalesced_threads() {
    return coalesced_group(activemask());
}
