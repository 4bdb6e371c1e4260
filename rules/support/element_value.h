//! needs: bfloat16_bits
//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// The value of a half-precision or bfloat16 number.
inline __device__ float element_value(__half a) { return __half2float(a); }
#if __has_include(<hip/hip_bf16.h>)
inline __device__ float element_value(__hip_bfloat16 a) {
    const unsigned bits = static_cast<unsigned>(bfloat16_bits(a)) << 16;
    float value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
}
#endif
