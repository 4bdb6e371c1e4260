/// `atomicMin` that only the threads of the block see as one step.
template <typename Type>
inline __device__ Type atomicMin_block(Type *address, decltype(Type()) value) {
    return __hip_atomic_fetch_min(address, value, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
