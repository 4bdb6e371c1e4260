/// `atomicMin` that only the threads of the block see as one step.
template <typename T>
inline __device__ T atomicMin_block(T *address, decltype(T()) value) {
    return __hip_atomic_fetch_min(address, value, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
}
