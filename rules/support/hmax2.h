//! needs: max_half2
//! include: hip/hip_fp16.h
/// The larger one of each of two half-precision numbers; what is no number gives way to the other one.
inline __device__ __half2 hmax2(__half2 a, __half2 b) { return max_half2(a, b); }

/// The same for another pair, such as bfloat16, which HIP has.
template <typename Type>
inline __device__ Type hmax2(Type a, Type b) { return __hmax2(a, b); }
