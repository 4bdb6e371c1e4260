//! needs: lane_id
/// One bit for each lane of this warp above this lane. A warp has 32 lanes.
inline __device__ unsigned lanemask_gt() {
    return 0xfffffffeu << lane_id();
}
