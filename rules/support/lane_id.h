/// The number of this lane in its warp of 32 lanes. A wave of 64 lanes contains two warps.
inline __device__ unsigned lane_id() {
    return __lane_id() & 31u;
}
