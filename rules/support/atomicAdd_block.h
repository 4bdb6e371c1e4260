/// `atomicAdd` that only the threads of the block see as one step.
template <typename Type>
inline __device__ Type atomicAdd_block(Type *address, decltype(Type()) value) {
    return __hip_atomic_fetch_add(address, value, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
