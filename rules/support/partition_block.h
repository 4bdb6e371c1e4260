//! needs: block_tile
//! include: hip/hip_cooperative_groups.h
/// How a block is parted: into tiles of several warps, with memory that all calls for this size share, or into HIP's tiles.
template <unsigned Size, bool IsWide> struct block_partition {
    static __device__ block_tile<Size> make(const cooperative_groups::thread_block &) {
        __shared__ block_tile_state<Size> state;
        const unsigned threads = block_tile<Size>::threads_of_block(), rank = block_tile<Size>::rank_in_block();
        __syncthreads();
        if (rank * Size < threads) {
            const unsigned rest = threads - rank * Size;
            init(&state.barriers[rank], rest < Size ? rest : Size);
        }
        __syncthreads();
        return block_tile<Size>(state);
    }
};
template <unsigned Size> struct block_partition<Size, false> {
    static __device__ auto make(const cooperative_groups::thread_block &block)
        -> decltype(cooperative_groups::tiled_partition<Size>(block)) {
        return cooperative_groups::tiled_partition<Size>(block);
    }
};
/// CUDA's `tiled_partition` of a block into tiles of any size. All threads of the block call it.
template <unsigned Size> inline __device__ auto partition_block(const cooperative_groups::thread_block &block)
    -> decltype(block_partition<Size, (Size > 32)>::make(block)) {
    return block_partition<Size, (Size > 32)>::make(block);
}
