//! needs: sinpi
/// CUDA's `sinpif` for host and GPU.
inline __host__ __device__ float sinpif(float x) { return tranship::sinpi(x); }
