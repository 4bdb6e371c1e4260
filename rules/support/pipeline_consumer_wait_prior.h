//! needs: thread_pipeline
/// Waits until all copies of this thread but the last `Prior` batches are complete. All of them are complete at once.
template <unsigned char Prior>
inline __device__ void pipeline_consumer_wait_prior(thread_pipeline &) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
