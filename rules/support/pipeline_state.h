//! needs: block_barrier
/// The barriers of a pipeline in shared memory.
template <unsigned char Stages>
struct pipeline_state {
    block_barrier filled[Stages], emptied[Stages];
    unsigned producers;
};
