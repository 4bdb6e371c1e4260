//! needs: make_block_pipeline pipeline_role
/// Each thread of the group is either a producer or a consumer.
template <typename Group, unsigned char Stages>
inline __device__ block_pipeline make_pipeline_with_roles(const Group &group, pipeline_state<Stages> *state, size_t producers) {
    return start_pipeline(group, state, producers, group.size() - producers);
}
template <typename Group, unsigned char Stages>
inline __device__ block_pipeline make_pipeline_with_roles(const Group &group, pipeline_state<Stages> *state, pipeline_role role) {
    if (group.thread_rank() == 0) state->producers = 0;
    group.sync();
    if (role == pipeline_role::producer) atomicAdd(&state->producers, 1u);
    group.sync();
    return make_pipeline_with_roles(group, state, static_cast<size_t>(state->producers));
}
