//! include: hip/hip_fp16.h
/// The number without its fraction, clamped to the range of the result; 0 for what is no number.
inline __device__ unsigned char half2uchar_rz(__half a) {
    const float value = __half2float(a);
    if (value != value) return 0;
    return static_cast<unsigned char>(value > 255.0f ? 255.0f : value < 0.0f ? 0.0f : value);
}
