//! needs: inclusive_scan plus shfl_up_sync
//! include: hip/hip_cooperative_groups.h
/// The result of `op` over the `value`s of all lower threads of a tile of at most 32; `T()` for the first thread.
template <unsigned Size, class Parent, typename T, typename Op>
inline __device__ T exclusive_scan(const cooperative_groups::thread_block_tile<Size, Parent> &tile, T value, Op op) {
    const T scanned = inclusive_scan(tile, value, op);
    const T before = shfl_up_sync(0xffffffffu, scanned, 1, static_cast<int>(Size));
    return tile.thread_rank() == 0 ? T() : before;
}

/// The same for a group of the active threads.
template <typename Group, typename T, typename Op>
inline __device__ T exclusive_scan(const Group &group, T value, Op op) {
    const T before = group.shfl_up(inclusive_scan(group, value, op), 1);
    return group.thread_rank() == 0 ? T() : before;
}

/// The sum of the `value`s of all lower threads.
template <typename Group, typename T>
inline __device__ T exclusive_scan(const Group &group, T value) {
    return exclusive_scan(group, value, plus<T>());
}
