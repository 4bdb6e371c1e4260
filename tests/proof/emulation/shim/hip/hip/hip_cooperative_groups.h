// HIP's tiles: the functions that amd_hip_cooperative_groups.h has in every release.
#pragma once

#include "hip_runtime.h"

namespace cooperative_groups {

struct thread_block {
    unsigned thread_rank() const { return lanes::current->number; }
    unsigned size() const { return blockDim.x * blockDim.y * blockDim.z; }
    void sync() const { __syncthreads(); }
    // These two are not const.
    dim3 group_index() { return {blockIdx.x, blockIdx.y, blockIdx.z}; }
    dim3 thread_index() { return {threadIdx.x, threadIdx.y, threadIdx.z}; }
#ifndef OLD_SHUFFLE
    dim3 group_dim() { return blockDim; }
#endif
};
struct grid_group {
    unsigned size() const { return gridDim.x * gridDim.y * gridDim.z * blockDim.x * blockDim.y * blockDim.z; }
    // HIP 6.4 returns the size of a block.
    dim3 group_dim() const { return blockDim; }
};
inline grid_group this_grid() { return {}; }
inline thread_block this_thread_block() { return {}; }

template <unsigned N, class Parent = void> struct thread_block_tile {
    static unsigned size() { return N; }
    unsigned thread_rank() const { return lanes::current->number & (N - 1); }
#ifndef OLD_SHUFFLE
    unsigned meta_group_rank() const { return lanes::current->number / N; }
    unsigned meta_group_size() const { return (this_thread_block().size() + N - 1) / N; }
#endif
    template <typename T> T shfl(T value, int rank) const {
        static_assert(std::is_arithmetic<T>::value, "HIP's tiles shuffle numbers only");
        return __shfl(value, rank, N);
    }
    template <typename T> T shfl_down(T value, unsigned by) const { return __shfl_down(value, by, N); }
    void sync() const { (void)lanes::meet_here(0); }
};
template <unsigned N> thread_block_tile<N> tiled_partition(const thread_block &) { return {}; }

} // namespace cooperative_groups
