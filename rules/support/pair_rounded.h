//! needs: float_pair floats_to_bfloat162
//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// `values`, rounded to nearest even to the type of the second argument.
inline __device__ __half2 pair_rounded(float_pair values, __half2) {
    return __floats2half2_rn(values.low, values.high);
}
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 pair_rounded(float_pair values, __hip_bfloat162) {
    return floats_to_bfloat162(values.low, values.high);
}
#endif
