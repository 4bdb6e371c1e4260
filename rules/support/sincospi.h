/// CUDA's `sincospi`, which HIP has for the GPU alone: sine and cosine of `x` times pi. On the host, `x` is reduced without an error
/// to a quarter of a turn.
inline __host__ __device__ void sincospi(double x, double *sine, double *cosine) {
#ifdef __HIP_DEVICE_COMPILE__
    ::sincospi(x, sine, cosine);
#else
    const double turns = __builtin_fmod(x, 2.0);
    const double quarters = __builtin_rint(2.0 * turns);
    const double rest = turns - 0.5 * quarters;
    const double angle = 3.14159265358979311600 * rest;
    const double lost = __builtin_fma(3.14159265358979311600, rest, -angle) + 1.22464679914735317723e-16 * rest;
    const double s = __builtin_sin(angle) + lost * __builtin_cos(angle);
    const double c = __builtin_cos(angle) - lost * __builtin_sin(angle);
    const int quarter = __builtin_isfinite(x) ? static_cast<int>(quarters) & 3 : 0;
    const double swapped[2] = {quarter & 1 ? c : s, quarter & 1 ? s : c};
    *sine = quarter & 2 ? -swapped[0] : swapped[0];
    *cosine = (quarter == 1 || quarter == 2) ? -swapped[1] : swapped[1];
    if (*sine == 0.0) *sine = __builtin_copysign(0.0, x);
    if (*cosine == 0.0) *cosine = 0.0;
#endif
}
inline __host__ __device__ void sincospi(float x, float *sine, float *cosine) {
#ifdef __HIP_DEVICE_COMPILE__
    ::sincospif(x, sine, cosine);
#else
    double s, c;
    tranship::sincospi(static_cast<double>(x), &s, &c);
    *sine = static_cast<float>(s);
    *cosine = static_cast<float>(c);
#endif
}
