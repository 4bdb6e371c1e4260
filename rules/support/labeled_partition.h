//! needs: ballot binary_partition coalesced_group lanes_of match_any_sync
/// The threads of a group that have the same `label` as this thread.
template <typename Group, typename Type>
inline __device__ coalesced_group labeled_partition(const Group &parent, Type label) {
    const unsigned same = match_any_sync(lanes_of(parent), label);
    // The lowest lane with a label represents the label.
    const unsigned first = same & (0u - same), own = 1u << (__lane_id() & 31u);
    const unsigned heads = ballot(own == first) & lanes_of(parent);
    return coalesced_group(same, __popc(heads & (first - 1)), __popc(heads));
}

/// The same for two labels.
template <typename Group>
inline __device__ coalesced_group labeled_partition(const Group &parent, bool label) {
    return binary_partition(parent, label);
}
