//! needs: coalesced_group shfl_sync
//! include: hip/hip_cooperative_groups.h
/// The `value` of the thread of rank `rank`, in a tile of at most 32 threads. The type can be any that is trivially copyable.
template <unsigned Size, class Parent, typename Type>
inline __device__ Type tile_shfl(const cooperative_groups::thread_block_tile<Size, Parent> &, Type value, int rank) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    return shfl_sync(0xffffffffu, value, rank, static_cast<int>(Size));
}

/// The same for a group of the active threads.
template <typename Type>
inline __device__ Type tile_shfl(const coalesced_group &group, Type value, int rank) {
    return group.shfl(value, rank);
}
