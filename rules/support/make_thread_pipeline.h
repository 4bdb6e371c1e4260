//! needs: thread_pipeline
/// A pipeline of copies that one thread makes and waits for.
inline __device__ thread_pipeline make_thread_pipeline() { return {}; }
