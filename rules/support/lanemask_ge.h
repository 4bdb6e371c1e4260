//! needs: lane_id
/// One bit for each lane of this warp from this lane on. A warp has 32 lanes.
inline __device__ unsigned lanemask_ge() {
    return 0xffffffffu << lane_id();
}
