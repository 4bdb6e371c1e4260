//! include: hip/hip_fp16.h
/// The number without its fraction, clamped to the range of the result; 0 for what is no number.
inline __device__ signed char half2char_rz(__half a) {
    const float value = __half2float(a);
    if (value != value) return 0;
    return static_cast<signed char>(value > 127.0f ? 127.0f : value < -128.0f ? -128.0f : value);
}
