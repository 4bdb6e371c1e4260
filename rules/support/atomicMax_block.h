/// `atomicMax` that only the threads of the block see as one step.
template <typename Type>
inline __device__ Type atomicMax_block(Type *address, decltype(Type()) value) {
    return __hip_atomic_fetch_max(address, value, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
