//! needs: ballot coalesced_group lanes_of
/// The threads of a group that have the same `predicate` as this thread.
template <typename Group>
inline __device__ coalesced_group binary_partition(const Group &parent, bool predicate) {
    const unsigned all = lanes_of(parent), set = ballot(predicate) & all;
    if (set == 0 || set == all) return coalesced_group(all);
    return coalesced_group(predicate ? set : all & ~set, predicate, 2);
}
