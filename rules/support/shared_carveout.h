/// The part of a cache that a kernel prefers as shared memory, in percent, with the numbers of CUDA. AMD GPUs have no such cache, and HIP
/// takes numbers from -1 to 100 and ignores them.
enum shared_carveout { default_carveout = -1, most_cache = 0, most_shared = 100 };
