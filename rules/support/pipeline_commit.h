/// Ends a group of copies. Each of them is complete, so it only keeps the compiler from moving them.
inline __device__ void pipeline_commit() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
