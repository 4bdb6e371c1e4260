//! needs: shfl_down_sync
//! include: hip/hip_cooperative_groups.h
/// The `value` of the thread `delta` ranks above, in a tile of at most 32 threads. The type can be any that is trivially copyable.
template <unsigned Size, class Parent, typename Type>
inline __device__ Type tile_shfl_down(const cooperative_groups::thread_block_tile<Size, Parent> &, Type value, unsigned delta) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    return shfl_down_sync(0xffffffffu, value, delta, static_cast<int>(Size));
}
