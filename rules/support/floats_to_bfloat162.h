//! include: hip/hip_bf16.h
/// Two numbers rounded to nearest even; `low` is the lower half.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 floats_to_bfloat162(float low, float high) {
    return __hip_bfloat162{__float2bfloat16(low), __float2bfloat16(high)};
}
#endif
