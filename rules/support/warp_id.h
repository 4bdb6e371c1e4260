/// The number of this warp in its block, where a warp has 32 threads.
inline __device__ unsigned warp_id() {
    return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) / 32;
}
