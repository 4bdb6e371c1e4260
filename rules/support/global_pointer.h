/// The pointer to an address of global or constant memory.
inline __device__ auto global_pointer(size_t address) -> void * { return reinterpret_cast<void *>(address); }
