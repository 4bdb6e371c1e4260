//! needs: lane_id
/// One bit for each lane of this warp below this lane. A warp has 32 lanes.
inline __device__ unsigned lanemask_lt() {
    return (1u << lane_id()) - 1u;
}
