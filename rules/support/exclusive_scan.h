//! needs: inclusive_scan plus shfl_up_sync
//! include: hip/hip_cooperative_groups.h
/// The result of `op` over the `value`s of all lower threads of a tile of at most 32; `T()` for the first thread.
template <unsigned Size, class Parent, typename Type, typename Op>
inline __device__ Type exclusive_scan(const cooperative_groups::thread_block_tile<Size, Parent> &tile, Type value, Op op) {
    const Type scanned = inclusive_scan(tile, value, op);
    const Type before = shfl_up_sync(0xffffffffu, scanned, 1, static_cast<int>(Size));
    return tile.thread_rank() == 0 ? Type() : before;
}

/// The same for a group of the active threads.
template <typename Group, typename Type, typename Op>
inline __device__ Type exclusive_scan(const Group &group, Type value, Op op) {
    const Type before = group.shfl_up(inclusive_scan(group, value, op), 1);
    return group.thread_rank() == 0 ? Type() : before;
}

/// The sum of the `value`s of all lower threads.
template <typename Group, typename Type>
inline __device__ Type exclusive_scan(const Group &group, Type value) {
    return exclusive_scan(group, value, plus<Type>());
}
