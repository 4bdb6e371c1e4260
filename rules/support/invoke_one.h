/// Calls `function` in one thread of the group.
template <typename Group, typename Function, typename... Arguments>
inline __device__ void invoke_one(const Group &group, Function &&function, Arguments &&...arguments) {
    if (group.thread_rank() == 0) static_cast<Function &&>(function)(static_cast<Arguments &&>(arguments)...);
}
