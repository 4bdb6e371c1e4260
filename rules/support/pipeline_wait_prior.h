/// Waits for the copies of this thread. Each of them is complete, so it only keeps the compiler from moving them.
inline __device__ void pipeline_wait_prior(size_t) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
