/// CUDA's `normcdf`, which HIP has for the GPU alone: the share of a normal distribution below `x`. On the host, the argument of
/// `erfc` is corrected by what its rounding lost.
inline __host__ __device__ double normcdf(double x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::normcdf(x);
#else
    const double half_root = 0.70710678118654757274;
    const double at = -x * half_root;
    if (!(at < 27.5 && at > -10.0)) return 0.5 * __builtin_erfc(at);
    const double lost = __builtin_fma(-x, half_root, -at) + x * 4.83364665672645672553e-17;
    return 0.5 * (__builtin_erfc(at) - 1.12837916709551257390 * __builtin_exp(-at * at) * lost);
#endif
}
inline __host__ __device__ float normcdf(float x) {
#ifdef __HIP_DEVICE_COMPILE__
    return ::normcdff(x);
#else
    return static_cast<float>(tranship::normcdf(static_cast<double>(x)));
#endif
}
