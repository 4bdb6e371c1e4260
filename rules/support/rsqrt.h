/// CUDA's `rsqrt`, which HIP has for the GPU alone: the inverse of the square root.
inline __host__ __device__ double rsqrt(double x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::rsqrt(x);
#else
    return 1.0 / __builtin_sqrt(x);
#endif
}
inline __host__ __device__ float rsqrt(float x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::rsqrtf(x);
#else
    return static_cast<float>(1.0 / __builtin_sqrt(static_cast<double>(x)));
#endif
}
