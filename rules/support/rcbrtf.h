//! needs: rcbrt
/// CUDA's `rcbrtf` for host and GPU.
inline __host__ __device__ float rcbrtf(float x) { return tranship::rcbrt(x); }
