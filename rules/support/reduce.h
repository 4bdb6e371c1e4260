//! needs: shfl_xor_sync
//! include: hip/hip_cooperative_groups.h
/// The result of `op` over the `value`s of all threads of a tile of at most 32 threads.
template <unsigned Size, class Parent, typename Type, typename Op>
inline __device__ Type reduce(const cooperative_groups::thread_block_tile<Size, Parent> &, Type value, Op op) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    for (int distance = Size / 2; distance > 0; distance /= 2) {
        value = op(value, shfl_xor_sync(0xffffffffu, value, distance, static_cast<int>(Size)));
    }
    return value;
}

/// The same for a group of the active threads.
template <typename Group, typename Type, typename Op>
inline __device__ Type reduce(const Group &group, Type value, Op op) {
    const unsigned size = group.size();
    Type result = group.shfl(value, 0);
    for (unsigned rank = 1; rank < size; ++rank) {
        result = op(result, group.shfl(value, static_cast<int>(rank)));
    }
    return result;
}
