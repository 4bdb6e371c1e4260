//! needs: plus shfl_up_sync
//! include: hip/hip_cooperative_groups.h
/// The result of `op` over the `value`s of a tile's threads up to this thread, for tiles of at most 32 threads.
template <unsigned Size, class Parent, typename Type, typename Op>
inline __device__ Type inclusive_scan(const cooperative_groups::thread_block_tile<Size, Parent> &tile, Type value, Op op) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    for (unsigned distance = 1; distance < Size; distance *= 2) {
        const Type below = shfl_up_sync(0xffffffffu, value, distance, static_cast<int>(Size));
        if (tile.thread_rank() >= distance) value = op(below, value);
    }
    return value;
}

/// The same for a group of the active threads.
template <typename Group, typename Type, typename Op>
inline __device__ Type inclusive_scan(const Group &group, Type value, Op op) {
    const unsigned size = group.size();
    for (unsigned distance = 1; distance < size; distance *= 2) {
        const Type below = group.shfl_up(value, distance);
        if (group.thread_rank() >= distance) value = op(below, value);
    }
    return value;
}

/// The sum of the `value`s of all threads up to this thread.
template <typename Group, typename Type>
inline __device__ Type inclusive_scan(const Group &group, Type value) {
    return inclusive_scan(group, value, plus<Type>());
}
