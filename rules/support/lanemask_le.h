//! needs: lane_id
/// One bit for each lane of this warp up to this lane. A warp has 32 lanes.
inline __device__ unsigned lanemask_le() {
    return 0xffffffffu >> (31u - lane_id());
}
