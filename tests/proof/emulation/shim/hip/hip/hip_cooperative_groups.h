// HIP's tiles: the functions that amd_hip_cooperative_groups.h has in every release.
#pragma once

#include "hip_runtime.h"

namespace cooperative_groups {

struct thread_block {
    unsigned thread_rank() const { return lanes::current->number; }
    unsigned size() const { return blockDim.x * blockDim.y * blockDim.z; }
    void sync() const { __syncthreads(); }
};
inline thread_block this_thread_block() { return {}; }

template <unsigned N, class Parent = void> struct thread_block_tile {
    static unsigned size() { return N; }
    unsigned thread_rank() const { return lanes::current->number & (N - 1); }
#ifndef OLD_SHUFFLE
    unsigned meta_group_rank() const { return lanes::current->number / N; }
    unsigned meta_group_size() const { return (this_thread_block().size() + N - 1) / N; }
#endif
    template <typename T> T shfl(T value, int rank) const { return __shfl(value, rank, N); }
    template <typename T> T shfl_down(T value, unsigned by) const { return __shfl_down(value, by, N); }
};
template <unsigned N> thread_block_tile<N> tiled_partition(const thread_block &) { return {}; }

} // namespace cooperative_groups
