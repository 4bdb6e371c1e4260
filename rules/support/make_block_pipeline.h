//! needs: block_pipeline pipeline_state
/// Starts a pipeline between the threads of the group.
template <typename Group, unsigned char Stages>
inline __device__ block_pipeline start_pipeline(const Group &group, pipeline_state<Stages> *state, size_t producers,
                                                size_t consumers) {
    if (group.thread_rank() == 0) {
        for (unsigned stage = 0; stage < Stages; ++stage) {
            init(&state->filled[stage], static_cast<long>(producers));
            init(&state->emptied[stage], static_cast<long>(consumers));
        }
    }
    group.sync();
    return {state->filled, state->emptied, Stages};
}

/// All threads of the group are producers and consumers.
template <typename Group, unsigned char Stages>
inline __device__ block_pipeline make_block_pipeline(const Group &group, pipeline_state<Stages> *state) {
    return start_pipeline(group, state, group.size(), group.size());
}
