//! needs: min_half2
//! include: hip/hip_fp16.h
/// The smaller one of each of two half-precision numbers; what is no number gives way to the other one.
inline __device__ __half2 hmin2(__half2 a, __half2 b) { return min_half2(a, b); }

/// The same for another pair, such as bfloat16, which HIP has.
template <typename Type>
inline __device__ Type hmin2(Type a, Type b) { return __hmin2(a, b); }
