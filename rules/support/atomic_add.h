//! needs: atomic_add_bits
//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// Adds a half-precision number to one in memory, and returns the number that was there.
inline __device__ __half atomic_add(__half *address, __half value) {
    return atomic_add_bits(address, value, [](__half a, __half b) { return __hadd(a, b); });
}

/// The same for a pair of half-precision numbers.
inline __device__ __half2 atomic_add(__half2 *address, __half2 value) {
    return atomic_add_bits(address, value, [](__half2 a, __half2 b) { return __hadd2(a, b); });
}

#if __has_include(<hip/hip_bf16.h>)
/// The same for a bfloat16 number.
inline __device__ __hip_bfloat16 atomic_add(__hip_bfloat16 *address, __hip_bfloat16 value) {
    return atomic_add_bits(address, value, [](__hip_bfloat16 a, __hip_bfloat16 b) { return __hadd(a, b); });
}

/// The same for a pair of bfloat16 numbers.
inline __device__ __hip_bfloat162 atomic_add(__hip_bfloat162 *address, __hip_bfloat162 value) {
    return atomic_add_bits(address, value, [](__hip_bfloat162 a, __hip_bfloat162 b) { return __hadd2(a, b); });
}
#endif
