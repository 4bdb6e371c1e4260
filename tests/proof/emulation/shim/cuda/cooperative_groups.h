// CUDA's tiles of at most 32 threads, as the CUDA C++ Programming Guide describes them.
#pragma once

#include <type_traits>

#include "cuda_runtime.h"

namespace cooperative_groups {

struct thread_block {
    struct arrival_token {};
    static unsigned thread_rank() { return lanes::current->number; }
    static unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
    static unsigned num_threads() { return size(); }
    static dim3 group_index() { return {blockIdx.x, blockIdx.y, blockIdx.z}; }
    static dim3 thread_index() { return {threadIdx.x, threadIdx.y, threadIdx.z}; }
    static dim3 dim_threads() { return blockDim; }
    static dim3 group_dim() { return blockDim; }
    static void sync() { __syncthreads(); }
    arrival_token barrier_arrive() const { return {}; }
    void barrier_wait(arrival_token &&) const { __syncthreads(); }
};
/// A grid; its blocks are numbered along x, then y, then z.
struct grid_group {
    static unsigned long long num_blocks() { return 1ull * gridDim.x * gridDim.y * gridDim.z; }
    static unsigned long long num_threads() { return num_blocks() * thread_block::size(); }
    static dim3 dim_blocks() { return gridDim; }
    static dim3 group_dim() { return gridDim; }
    static dim3 dim_threads() { return {gridDim.x * blockDim.x, gridDim.y * blockDim.y, gridDim.z * blockDim.z}; }
    static dim3 block_index() { return thread_block::group_index(); }
    static dim3 thread_index() {
        return {blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y * blockDim.y + threadIdx.y, threadIdx.z};
    }
    static unsigned long long block_rank() { return blockIdx.x + 1ull * gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z); }
};
inline grid_group this_grid() { return {}; }
inline thread_block this_thread_block() { return {}; }
template <unsigned MaxBlockSize = 1024> struct block_tile_memory {};
template <unsigned N> thread_block this_thread_block(block_tile_memory<N> &) { return {}; }

/// Shuffles a value of any type, one word at a time.
template <typename T, typename Shuffle> T by_words(const T &value, Shuffle shuffle) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    std::memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = shuffle(word);
    T result;
    std::memcpy(&result, words, sizeof(T));
    return result;
}
template <unsigned N> struct thread_block_tile {
    static constexpr unsigned ones = 0xffffffffu >> (32 - N);
    unsigned first() const { return lanes::lane_number() & ~(N - 1); }
    unsigned mask() const { return ones << first(); }
    static constexpr unsigned size() { return N; }
    static constexpr unsigned num_threads() { return N; }
    unsigned thread_rank() const { return lanes::lane_number() % N; }
    unsigned meta_group_rank() const { return lanes::current->number / N; }
    unsigned meta_group_size() const { return (this_thread_block().size() + N - 1) / N; }
    template <typename T> T shfl(T value, int rank) const {
        return by_words(value, [&](unsigned word) { return __shfl_sync(mask(), word, rank, N); });
    }
    template <typename T> T shfl_down(T value, unsigned by) const {
        return by_words(value, [&](unsigned word) { return __shfl_down_sync(mask(), word, by, N); });
    }
    template <typename T> T shfl_up(T value, unsigned by) const {
        return by_words(value, [&](unsigned word) { return __shfl_up_sync(mask(), word, by, N); });
    }
    template <typename T> T shfl_xor(T value, unsigned bits) const {
        return by_words(value, [&](unsigned word) { return __shfl_xor_sync(mask(), word, bits, N); });
    }
    unsigned ballot(int predicate) const { return __ballot_sync(mask(), predicate) >> first(); }
    int any(int predicate) const { return __any_sync(mask(), predicate); }
    int all(int predicate) const { return __all_sync(mask(), predicate); }
    template <typename T> unsigned match_any(T value) const { return __match_any_sync(mask(), value) >> first(); }
    template <typename T> unsigned match_all(T value, int &same) const {
        return __match_all_sync(mask(), value, &same) >> first();
    }
    void sync() const { __syncwarp(mask()); }
};
/// A tile of several warps. Each thread leaves its value for the others of its tile.
template <unsigned N> struct wide_tile {
    static constexpr unsigned size() { return N; }
    unsigned thread_rank() const { return lanes::current->number % N; }
    unsigned meta_group_rank() const { return lanes::current->number / N; }
    unsigned meta_group_size() const { return this_thread_block().size() / N; }
    void sync() const {
        static unsigned arrived[1024 / N], phases[1024 / N];
        const unsigned tile = meta_group_rank(), phase = phases[tile];
        if (++arrived[tile] == N) {
            arrived[tile] = 0;
            ++phases[tile];
        }
        while (phases[tile] == phase) lanes::poll();
    }
    /// The values of all threads, by rank.
    template <typename T> std::vector<T> all_values(T value) const {
        static T values[1024];
        T *own = values + meta_group_rank() * N;
        sync();
        own[thread_rank()] = value;
        sync();
        return std::vector<T>(own, own + N);
    }
    template <typename T> T shfl(T value, unsigned rank) const { return all_values(value)[rank]; }
    int any(int predicate) const {
        for (int other : all_values(predicate))
            if (other) return 1;
        return 0;
    }
    int all(int predicate) const {
        for (int other : all_values(predicate))
            if (!other) return 0;
        return 1;
    }
};
template <unsigned N, std::enable_if_t<(N <= 32), int> = 0> thread_block_tile<N> tiled_partition(const thread_block &) { return {}; }
template <unsigned N, std::enable_if_t<(N > 32), int> = 0> wide_tile<N> tiled_partition(const thread_block &) { return {}; }
template <unsigned N, unsigned M> thread_block_tile<N> tiled_partition(const thread_block_tile<M> &) { return {}; }

/// The threads of a warp that make a call together.
struct coalesced_group {
    unsigned lanes;
    unsigned mask() const { return lanes; }
    unsigned size() const { return __popc(lanes); }
    unsigned num_threads() const { return size(); }
    unsigned thread_rank() const { return __popc(lanes & ((1u << lanes::lane_number()) - 1)); }
    int lane_of(unsigned rank) const {
        for (unsigned lane = 0; lane < 32; ++lane)
            if (lanes >> lane & 1 && rank-- == 0) return lane;
        return -1;
    }
    unsigned packed(unsigned found) const {
        unsigned bits = 0;
        for (unsigned rank = 0; rank < size(); ++rank) bits |= (found >> lane_of(rank) & 1) << rank;
        return bits;
    }
    template <typename T> T shfl(T value, int rank) const { return __shfl_sync(lanes, value, lane_of(rank)); }
    template <typename T> T shfl_up(T value, unsigned by) const {
        return __shfl_sync(lanes, value, lane_of(thread_rank() < by ? thread_rank() : thread_rank() - by));
    }
    template <typename T> T shfl_down(T value, unsigned by) const {
        return __shfl_sync(lanes, value, lane_of(thread_rank() + by < size() ? thread_rank() + by : thread_rank()));
    }
    unsigned ballot(int predicate) const { return packed(__ballot_sync(lanes, predicate)); }
    int any(int predicate) const { return __any_sync(lanes, predicate); }
    int all(int predicate) const { return __all_sync(lanes, predicate); }
    template <typename T> unsigned match_any(T value) const { return packed(__match_any_sync(lanes, value)); }
    void sync() const { __syncwarp(lanes); }
};
inline coalesced_group coalesced_threads() { return {__activemask()}; }
template <typename Group, typename T> coalesced_group labeled_partition(const Group &group, T label) {
    return {__match_any_sync(group.mask(), label)};
}
template <typename Group> coalesced_group binary_partition(const Group &group, bool predicate) {
    return labeled_partition(group, static_cast<int>(predicate));
}

#define OPERATION(name, expression)                                                                      \
    template <typename T> struct name {                                                                  \
        T operator()(T a, T b) const { return expression; }                                              \
    };
OPERATION(plus, a + b)
OPERATION(less, b < a ? b : a)
OPERATION(greater, a < b ? b : a)
OPERATION(bit_and, a &b)
OPERATION(bit_or, a | b)
OPERATION(bit_xor, a ^ b)
#undef OPERATION

/// A tile with fewer threads than its size is undefined.
template <unsigned N, typename T> T defined(const thread_block_tile<N> &tile, T value) {
    const unsigned last = lanes::current->number - tile.thread_rank() + N;
    return last <= this_thread_block().size() ? value : lanes::unpack<T>(lanes::garbage());
}
template <typename T> T defined(const coalesced_group &, T value) { return value; }

template <unsigned N, typename T, typename Op> T folded(const wide_tile<N> &tile, T value, unsigned count, Op op) {
    const std::vector<T> values = tile.all_values(value);
    T result = count ? values[0] : T();
    for (unsigned rank = 1; rank < count; ++rank) result = op(result, values[rank]);
    return result;
}
template <unsigned N, typename T, typename Op> T reduce(const wide_tile<N> &tile, T value, Op op) { return folded(tile, value, N, op); }
template <unsigned N, typename T, typename Op = plus<T>> T inclusive_scan(const wide_tile<N> &tile, T value, Op op = {}) {
    return folded(tile, value, tile.thread_rank() + 1, op);
}
template <unsigned N, typename T, typename Op = plus<T>> T exclusive_scan(const wide_tile<N> &tile, T value, Op op = {}) {
    return folded(tile, value, tile.thread_rank(), op);
}

template <typename Group, typename T, typename Op> T reduce(const Group &tile, T value, Op op) {
    return defined(tile, cuda_shim::reduce(tile.mask(), value, op));
}
/// The values of the lanes of `mask` up to `last`, combined by `op`; `T()` if there are none.
template <typename T, typename Op> T folded(const lanes::Round &round, unsigned mask, int last, Op op) {
    T result = T();
    bool any = false;
    for (int lane = 0; lane <= last; ++lane) {
        if (!(mask >> lane & 1)) continue;
        const T value = lanes::unpack<T>(round.of(lane));
        result = any ? op(result, value) : value;
        any = true;
    }
    return result;
}
template <typename Group, typename T, typename Op> T inclusive_scan(const Group &tile, T value, Op op) {
    const auto round = lanes::meet_mask(cuda_shim::REDUCE, tile.mask(), lanes::pack(value));
    return defined(tile, folded<T>(round, tile.mask(), lanes::lane_number(), op));
}
template <typename Group, typename T, typename Op> T exclusive_scan(const Group &tile, T value, Op op) {
    const auto round = lanes::meet_mask(cuda_shim::REDUCE, tile.mask(), lanes::pack(value));
    return defined(tile, folded<T>(round, tile.mask(), static_cast<int>(lanes::lane_number()) - 1, op));
}
template <typename Group, typename T> T inclusive_scan(const Group &tile, T value) {
    return inclusive_scan(tile, value, plus<T>());
}
template <typename Group, typename T> T exclusive_scan(const Group &tile, T value) {
    return exclusive_scan(tile, value, plus<T>());
}

/// One thread makes the call.
template <typename Group, typename Function, typename... Given>
void invoke_one(const Group &group, Function function, Given... given) {
    if (group.thread_rank() == 0) function(given...);
}
template <typename Group, typename Function, typename... Given>
auto invoke_one_broadcast(const Group &group, Function function, Given... given) {
    decltype(function(given...)) result{};
    if (group.thread_rank() == 0) result = function(given...);
    return group.shfl(result, 0);
}

/// One thread makes the copy, as late as possible: `wait` is what shows the copy to the other threads.
template <typename Group> void memcpy_async(const Group &group, void *to, const void *from, size_t bytes) {
    if (group.thread_rank() == 0) std::memcpy(to, from, bytes);
}
template <typename Group, typename T>
void memcpy_async(const Group &group, T *to, size_t room, const T *from, size_t elements) {
    if (group.thread_rank() == 0) std::memcpy(to, from, (room < elements ? room : elements) * sizeof(T));
}
template <typename Group> void wait(const Group &group) { group.sync(); }
template <unsigned Stages, typename Group> void wait_prior(const Group &group) { group.sync(); }

} // namespace cooperative_groups
