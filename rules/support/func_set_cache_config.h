/// Sets the preferred division of the cache for a kernel, which can be a function of any type.
template <typename Kernel>
inline hipError_t func_set_cache_config(Kernel *kernel, hipFuncCache_t config) {
    return hipFuncSetCacheConfig(reinterpret_cast<const void *>(kernel), config);
}
