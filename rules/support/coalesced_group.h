//! needs: all_sync any_sync ballot_sync match_all_sync match_any_sync shfl_sync syncwarp
/// The active threads of one warp of 32 lanes, ranked by their lanes. HIP's own group can contain 64 threads.
class coalesced_group {
    unsigned lanes, group, groups;

    /// The lane of the thread of rank `rank`.
    __device__ int lane_of(unsigned rank) const {
        unsigned rest = lanes;
        for (; rank > 0; --rank) rest &= rest - 1;
        return __ffs(rest) - 1;
    }

    /// Converts one bit for each lane to one bit for each rank.
    __device__ unsigned by_rank(unsigned found) const {
        unsigned bits = 0, rank = 0;
        for (unsigned rest = lanes; rest != 0; rest &= rest - 1, ++rank) {
            if (found & rest & (0u - rest)) bits |= 1u << rank;
        }
        return bits;
    }

public:
    /// The group of the threads at `lanes`. A parent group was split into `groups` parts, and this is number `group`.
    explicit __device__ coalesced_group(unsigned lanes, unsigned group = 0, unsigned groups = 1)
        : lanes(lanes), group(group), groups(groups) {}

    /// The number of threads in the group.
    __device__ unsigned size() const { return __popc(lanes); }
    __device__ unsigned num_threads() const { return size(); }
    /// The number of threads in the group that have a lower lane than this thread.
    __device__ unsigned thread_rank() const { return __popc(lanes & ((1u << (__lane_id() & 31u)) - 1)); }
    __device__ unsigned meta_group_rank() const { return group; }
    __device__ unsigned meta_group_size() const { return groups; }
    __device__ void sync() const { syncwarp(lanes); }

    /// The `value` of the thread of rank `rank`.
    template <typename Type>
    __device__ Type shfl(Type value, int rank) const {
        return shfl_sync(lanes, value, lane_of(rank));
    }
    /// The `value` of the thread `delta` ranks below; this thread's own `value` if that rank does not exist.
    template <typename Type>
    __device__ Type shfl_up(Type value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return shfl_sync(lanes, value, lane_of(rank < delta ? rank : rank - delta));
    }
    /// The `value` of the thread `delta` ranks above; this thread's own `value` if that rank does not exist.
    template <typename Type>
    __device__ Type shfl_down(Type value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return shfl_sync(lanes, value, lane_of(rank + delta < size() ? rank + delta : rank));
    }

    __device__ int any(int predicate) const { return any_sync(lanes, predicate); }
    __device__ int all(int predicate) const { return all_sync(lanes, predicate); }
    /// One bit for each rank where `predicate` holds. The match functions also return one bit for each rank.
    __device__ unsigned ballot(int predicate) const { return by_rank(ballot_sync(lanes, predicate)); }
    template <typename Type>
    __device__ unsigned match_any(Type value) const {
        return by_rank(match_any_sync(lanes, value));
    }
    template <typename Type>
    __device__ unsigned match_all(Type value, int &same) const {
        return by_rank(match_all_sync(lanes, value, &same));
    }

    /// The lanes of the group, as a mask of this warp.
    friend __device__ unsigned lanes_of(const coalesced_group &self) { return self.lanes; }
};
