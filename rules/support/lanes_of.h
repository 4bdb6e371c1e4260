//! include: hip/hip_cooperative_groups.h
/// The lanes of a tile, as a mask of this warp.
template <unsigned Size, class Parent>
inline __device__ unsigned lanes_of(const cooperative_groups::thread_block_tile<Size, Parent> &) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    return (0xffffffffu >> (32 - Size)) << (__lane_id() & 31u & ~(Size - 1));
}
