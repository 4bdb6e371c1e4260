/// A pipeline of copies that one thread makes and waits for. Each copy is complete at once, so it only keeps the
/// compiler from moving them.
class thread_pipeline {
  public:
    thread_pipeline() = default;
    thread_pipeline(thread_pipeline &&) = default;
    thread_pipeline(const thread_pipeline &) = delete;

    __device__ void producer_acquire() {}
    __device__ void producer_commit() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
    __device__ void consumer_wait() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
    __device__ void consumer_release() {}
    __device__ bool quit() { return true; }
};
