/// Synchronises the lanes of a wave, so that each lane reads what the other lanes wrote before.
inline __device__ void syncwarp(unsigned = 0xffffffffu) {
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
    __builtin_amdgcn_wave_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}
