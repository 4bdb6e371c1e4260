//! needs: all_sync any_sync ballot_sync match_all_sync match_any_sync shfl_sync syncwarp
/// Threads of one warp of 32 lanes that are together, ranked by their lanes. HIP's own group can hold 64.
class coalesced_group {
    unsigned lanes, group, groups;

    /// The lane of the thread of rank `rank`.
    __device__ int lane_of(unsigned rank) const {
        unsigned rest = lanes;
        for (; rank > 0; --rank) rest &= rest - 1;
        return __ffs(rest) - 1;
    }

    /// One bit for each rank instead of one for each lane.
    __device__ unsigned by_rank(unsigned found) const {
        unsigned bits = 0, rank = 0;
        for (unsigned rest = lanes; rest != 0; rest &= rest - 1, ++rank) {
            if (found & rest & (0u - rest)) bits |= 1u << rank;
        }
        return bits;
    }

public:
    /// The group of the threads at `lanes`, which is part `group` of the `groups` that another one was cut into.
    explicit __device__ coalesced_group(unsigned lanes, unsigned group = 0, unsigned groups = 1)
        : lanes(lanes), group(group), groups(groups) {}

    /// Of how many threads it is.
    __device__ unsigned size() const { return __popc(lanes); }
    __device__ unsigned num_threads() const { return size(); }
    /// How many of its threads have a lower lane than this one.
    __device__ unsigned thread_rank() const { return __popc(lanes & ((1u << (__lane_id() & 31u)) - 1)); }
    __device__ unsigned meta_group_rank() const { return group; }
    __device__ unsigned meta_group_size() const { return groups; }
    __device__ void sync() const { syncwarp(lanes); }

    /// The `value` of the thread of rank `rank`.
    template <typename T>
    __device__ T shfl(T value, int rank) const {
        return shfl_sync(lanes, value, lane_of(rank));
    }
    /// The `value` of the thread `delta` ranks below; this thread's own where there is none.
    template <typename T>
    __device__ T shfl_up(T value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return shfl_sync(lanes, value, lane_of(rank < delta ? rank : rank - delta));
    }
    /// The `value` of the thread `delta` ranks above; this thread's own where there is none.
    template <typename T>
    __device__ T shfl_down(T value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return shfl_sync(lanes, value, lane_of(rank + delta < size() ? rank + delta : rank));
    }

    __device__ int any(int predicate) const { return any_sync(lanes, predicate); }
    __device__ int all(int predicate) const { return all_sync(lanes, predicate); }
    /// One bit for each rank where `predicate` holds; likewise for equal values.
    __device__ unsigned ballot(int predicate) const { return by_rank(ballot_sync(lanes, predicate)); }
    template <typename T>
    __device__ unsigned match_any(T value) const {
        return by_rank(match_any_sync(lanes, value));
    }
    template <typename T>
    __device__ unsigned match_all(T value, int &same) const {
        return by_rank(match_all_sync(lanes, value, &same));
    }

    /// Its lanes, as a mask of this warp.
    friend __device__ unsigned lanes_of(const coalesced_group &self) { return self.lanes; }
};
