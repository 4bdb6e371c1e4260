/// Sleeps for a moment, as CUDA's function may whatever time it is given: 128 clocks.
inline __device__ void nanosleep(unsigned) {
    __builtin_amdgcn_s_sleep(2);
}
