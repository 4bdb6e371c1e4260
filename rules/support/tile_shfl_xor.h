//! needs: shfl_xor_sync
//! include: hip/hip_cooperative_groups.h
/// The `value` of the thread whose rank differs in the bits of `bits`, in a tile of at most 32 threads. The type can be any that is trivially copyable.
template <unsigned Size, class Parent, typename Type>
inline __device__ Type tile_shfl_xor(const cooperative_groups::thread_block_tile<Size, Parent> &, Type value, unsigned bits) {
    static_assert(Size <= 32, "a warp of 32 lanes has no larger tiles");
    return shfl_xor_sync(0xffffffffu, value, bits, static_cast<int>(Size));
}
