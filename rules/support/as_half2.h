//! include: hip/hip_fp16.h
/// The pair of half-precision numbers with these bits.
inline __device__ __half2 as_half2(unsigned bits) {
    __half2 value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
}
