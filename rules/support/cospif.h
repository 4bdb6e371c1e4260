//! needs: cospi
/// CUDA's `cospif` for host and GPU.
inline __host__ __device__ float cospif(float x) { return tranship::cospi(x); }
