//! include: hip/hip_fp16.h
/// The bits of a half-precision number.
inline __device__ unsigned short half_bits(__half value) {
    unsigned short bits;
    __builtin_memcpy(&bits, &value, 2);
    return bits;
}

/// The bits of a pair of them.
inline __device__ unsigned half_bits(__half2 value) {
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    return bits;
}
