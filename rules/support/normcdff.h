//! needs: normcdf
/// CUDA's `normcdff` for host and GPU.
inline __host__ __device__ float normcdff(float x) { return tranship::normcdf(x); }
