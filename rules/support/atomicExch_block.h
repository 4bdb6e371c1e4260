/// `atomicExch` that only the threads of the block see as one step.
template <typename T>
inline __device__ T atomicExch_block(T *address, decltype(T()) value) {
    return __hip_atomic_exchange(address, value, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
