//! needs: rsqrt
/// CUDA's `rsqrtf` for host and GPU.
inline __host__ __device__ float rsqrtf(float x) { return tranship::rsqrt(x); }
