/// One bit for each lane of this warp where `predicate` holds. A wave of 64 lanes contains two warps of 32.
inline __device__ unsigned ballot(int predicate) {
    return static_cast<unsigned>(__ballot(predicate) >> (__lane_id() & 32u));
}
