/// Sleeps for 128 clocks. CUDA's function may also sleep for another time than it is given.
inline __device__ void nanosleep(unsigned) {
    __builtin_amdgcn_s_sleep(2);
}
