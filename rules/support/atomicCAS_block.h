/// `atomicCAS` that only the threads of the block see as one step.
template <typename T>
inline __device__ T atomicCAS_block(T *address, decltype(T()) expected, decltype(T()) value) {
    __hip_atomic_compare_exchange_strong(address, &expected, value, __ATOMIC_RELAXED, __ATOMIC_RELAXED,
                                         __HIP_MEMORY_SCOPE_WORKGROUP);
    return expected;
}
