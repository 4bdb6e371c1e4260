//! needs: is_private is_shared
/// Whether a pointer is one into the memory of the GPU, constant memory included.
inline __device__ bool is_global(const void *pointer) { return !is_shared(pointer) && !is_private(pointer); }
