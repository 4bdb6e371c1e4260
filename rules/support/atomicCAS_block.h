/// `atomicCAS` that only the threads of the block see as one step.
template <typename Type>
inline __device__ Type atomicCAS_block(Type *address, decltype(Type()) expected, decltype(Type()) value) {
    __hip_atomic_compare_exchange_strong(address, &expected, value, __ATOMIC_RELAXED, __ATOMIC_RELAXED,
                                         __HIP_MEMORY_SCOPE_WORKGROUP);
    return expected;
}
