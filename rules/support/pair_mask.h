/// All bits of each half that is true.
inline __device__ unsigned pair_mask(bool low, bool high) {
    return (low ? 0xffffu : 0u) | (high ? 0xffff0000u : 0u);
}
