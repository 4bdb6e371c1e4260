//! needs: block_barrier thread_pipeline
/// Makes the phase of the barrier wait for the copies of this thread. They are complete before the thread arrives.
inline __device__ void pipeline_producer_commit(thread_pipeline &, block_barrier &) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
