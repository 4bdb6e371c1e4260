/// Subtracts 1, and goes from 0 to `limit`, in one step for the threads of the block. Returns the old number.
inline __device__ unsigned atomicDec_block(unsigned *address, unsigned limit) {
    unsigned old = __hip_atomic_load(address, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
    while (!__hip_atomic_compare_exchange_weak(address, &old, old == 0u || old > limit ? limit : old - 1u, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP)) {
    }
    return old;
}
