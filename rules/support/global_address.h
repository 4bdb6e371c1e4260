/// The address of global or constant memory, which is the same as that of the pointer.
inline __device__ size_t global_address(const void *pointer) { return reinterpret_cast<size_t>(pointer); }
