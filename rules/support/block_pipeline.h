//! needs: block_barrier
/// A pipeline of copies between the threads of a block. Each copy is complete at once. A stage is filled when all
/// producers have committed it, and empty again when all consumers have released it.
class block_pipeline {
  public:
    __device__ block_pipeline(block_barrier *filled, block_barrier *emptied, unsigned stages)
        : filled(filled), emptied(emptied), stages(stages) {}
    block_pipeline(block_pipeline &&) = default;
    block_pipeline(const block_pipeline &) = delete;

    /// Waits until the consumers have released the stage. All stages are empty at first.
    __device__ void producer_acquire() { emptied[produced % stages].wait_parity(!(produced / stages & 1)); }
    __device__ void producer_commit() {
        filled[produced % stages].arrive();
        ++produced;
    }
    /// Waits until the producers have filled the stage.
    __device__ void consumer_wait() { filled[consumed % stages].wait_parity(consumed / stages & 1); }
    __device__ void consumer_release() {
        emptied[consumed % stages].arrive();
        ++consumed;
    }

  private:
    block_barrier *filled, *emptied;
    unsigned stages, produced = 0, consumed = 0;
};
