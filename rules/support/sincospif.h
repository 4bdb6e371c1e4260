//! needs: sincospi
/// CUDA's `sincospif` for host and GPU.
inline __host__ __device__ void sincospif(float x, float *sine, float *cosine) { tranship::sincospi(x, sine, cosine); }
