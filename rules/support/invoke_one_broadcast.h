//! needs: coalesced_group tile_shfl
/// Calls `function` in one thread of the group, and returns the result to all of its threads.
template <typename Group, typename Function, typename... Arguments>
inline __device__ auto invoke_one_broadcast(const Group &group, Function &&function, Arguments &&...arguments)
    -> decltype(function(static_cast<Arguments &&>(arguments)...)) {
    auto result = decltype(function(static_cast<Arguments &&>(arguments)...))();
    if (group.thread_rank() == 0) result = static_cast<Function &&>(function)(static_cast<Arguments &&>(arguments)...);
    return tile_shfl(group, result, 0);
}
