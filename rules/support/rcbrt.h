/// CUDA's `rcbrt`, which HIP has for the GPU alone: the inverse of the cube root.
inline __host__ __device__ double rcbrt(double x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::rcbrt(x);
#else
    return 1.0 / __builtin_cbrt(x);
#endif
}
inline __host__ __device__ float rcbrt(float x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::rcbrtf(x);
#else
    return static_cast<float>(1.0 / __builtin_cbrt(static_cast<double>(x)));
#endif
}
