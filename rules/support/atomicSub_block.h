/// `atomicSub` that only the threads of the block see as one step.
template <typename Type>
inline __device__ Type atomicSub_block(Type *address, decltype(Type()) value) {
    return __hip_atomic_fetch_add(address, static_cast<Type>(0 - value), __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
