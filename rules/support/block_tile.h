//! needs: block_barrier shfl_xor_sync shfl_up_sync plus
//! include: hip/hip_cooperative_groups.h
/// What the tiles of more than a warp share: a barrier for each tile of the block, and a place for a value of each warp.
template <unsigned Size> struct block_tile_state {
    static constexpr unsigned MostThreads = 1024;
    block_barrier barriers[MostThreads / Size];
    unsigned long long values[MostThreads / 32][2];
};
/// CUDA's tile of 64, 128, 256 or 512 threads of a block. A value of a thread has at most 16 bytes.
template <unsigned Size> class block_tile {
  public:
    static_assert(Size > 32 && Size <= 1024 && (Size & (Size - 1)) == 0, "the size of a tile is a power of two");
    __device__ explicit block_tile(block_tile_state<Size> &state) : state(&state) {}

    static constexpr __device__ unsigned size() { return Size; }
    static constexpr __device__ unsigned num_threads() { return Size; }
    __device__ unsigned thread_rank() const { return rank_in_block() % Size; }
    __device__ unsigned meta_group_rank() const { return rank_in_block() / Size; }
    __device__ unsigned meta_group_size() const { return (threads_of_block() + Size - 1) / Size; }

    __device__ void sync() const {
        __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
        state->barriers[meta_group_rank()].arrive_and_wait();
    }
    template <typename Type> __device__ Type shfl(Type value, unsigned source) const {
        sync();
        if (thread_rank() == source) put(0, value);
        sync();
        return at<Type>(0);
    }
    __device__ int any(int predicate) const {
        return combined(predicate != 0, [](int a, int b) { return a | b; });
    }
    __device__ int all(int predicate) const {
        return combined(predicate != 0, [](int a, int b) { return a & b; });
    }
    /// The result of `op` over the `value`s of all threads.
    template <typename Type, typename Op> __device__ Type combined(Type value, Op op) const {
        for (int distance = 16; distance > 0; distance /= 2) value = op(value, shfl_xor_sync(0xffffffffu, value, distance, 32));
        exchange(value);
        Type result = at<Type>(0);
        for (unsigned warp = 1; warp < Size / 32; ++warp) result = op(result, at<Type>(warp));
        return result;
    }
    /// The result of `op` over the `value`s up to this thread, or of all lower threads, `T()` for the first one.
    template <typename Type, typename Op> __device__ Type scanned(Type value, Op op, bool is_exclusive) const {
        const unsigned lane = thread_rank() % 32, warp = thread_rank() / 32;
        for (unsigned distance = 1; distance < 32; distance *= 2) {
            const Type below = shfl_up_sync(0xffffffffu, value, distance, 32);
            if (lane >= distance) value = op(below, value);
        }
        sync();
        if (lane == 31) put(warp, value);
        sync();
        const Type before = shfl_up_sync(0xffffffffu, value, 1, 32);
        if (is_exclusive) value = before;
        const bool is_empty = is_exclusive && lane == 0;
        if (warp == 0) return is_empty ? Type() : value;
        Type lower = at<Type>(0);
        for (unsigned other = 1; other < warp; ++other) lower = op(lower, at<Type>(other));
        return is_empty ? lower : op(lower, value);
    }

    static __device__ unsigned threads_of_block() { return blockDim.x * blockDim.y * blockDim.z; }
    static __device__ unsigned rank_in_block() {
        return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    }

  private:
    /// Leaves the value of each warp for all threads of the tile.
    template <typename Type> __device__ void exchange(const Type &value) const {
        sync();
        if (thread_rank() % 32 == 0) put(thread_rank() / 32, value);
        sync();
    }
    __device__ unsigned long long *place(unsigned warp) const {
        return state->values[meta_group_rank() * (Size / 32) + warp];
    }
    template <typename Type> __device__ void put(unsigned warp, const Type &value) const {
        static_assert(sizeof(Type) <= 16, "a value has at most 16 bytes");
        __builtin_memcpy(place(warp), &value, sizeof(Type));
    }
    template <typename Type> __device__ Type at(unsigned warp) const {
        Type value;
        __builtin_memcpy(&value, place(warp), sizeof(Type));
        return value;
    }

    block_tile_state<Size> *state;
};
template <unsigned Size, typename Type, typename Op> inline __device__ Type reduce(const block_tile<Size> &tile, Type value, Op op) {
    return tile.combined(value, op);
}
template <unsigned Size, typename Type, typename Op>
inline __device__ Type inclusive_scan(const block_tile<Size> &tile, Type value, Op op) {
    return tile.scanned(value, op, false);
}
template <unsigned Size, typename Type> inline __device__ Type inclusive_scan(const block_tile<Size> &tile, Type value) {
    return tile.scanned(value, plus<Type>(), false);
}
template <unsigned Size, typename Type, typename Op>
inline __device__ Type exclusive_scan(const block_tile<Size> &tile, Type value, Op op) {
    return tile.scanned(value, op, true);
}
template <unsigned Size, typename Type> inline __device__ Type exclusive_scan(const block_tile<Size> &tile, Type value) {
    return tile.scanned(value, plus<Type>(), true);
}
template <unsigned Size> inline __device__ void sync(const block_tile<Size> &tile) { tile.sync(); }
template <unsigned Size> inline __device__ int tile_any(const block_tile<Size> &tile, int predicate) { return tile.any(predicate); }
template <unsigned Size> inline __device__ int tile_all(const block_tile<Size> &tile, int predicate) { return tile.all(predicate); }
