//! include: hip/hip_fp16.h
/// The half-precision number with these bits.
inline __device__ __half as_half(unsigned short bits) {
    __half value;
    __builtin_memcpy(&value, &bits, 2);
    return value;
}
