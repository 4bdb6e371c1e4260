//! needs: atomic_add_bits as_half as_bfloat16 bfloat16_bits half_bits max_half max_half2 max_bfloat162
//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// Puts the larger one of a half-precision number in memory and `value` in its place, and returns the number that was there.
inline __device__ __half atomic_max(__half *address, __half value) {
    return atomic_add_bits(address, value, [](__half a, __half b) { return as_half(max_half(half_bits(a), half_bits(b), 0x7c00u)); });
}

/// The same for a pair of half-precision numbers.
inline __device__ __half2 atomic_max(__half2 *address, __half2 value) {
    return atomic_add_bits(address, value, [](__half2 a, __half2 b) { return max_half2(a, b); });
}

#if __has_include(<hip/hip_bf16.h>)
/// The same for a bfloat16 number.
inline __device__ __hip_bfloat16 atomic_max(__hip_bfloat16 *address, __hip_bfloat16 value) {
    return atomic_add_bits(address, value, [](__hip_bfloat16 a, __hip_bfloat16 b) {
        return as_bfloat16(max_half(bfloat16_bits(a), bfloat16_bits(b), 0x7f80u));
    });
}

/// The same for a pair of bfloat16 numbers.
inline __device__ __hip_bfloat162 atomic_max(__hip_bfloat162 *address, __hip_bfloat162 value) {
    return atomic_add_bits(address, value, [](__hip_bfloat162 a, __hip_bfloat162 b) { return max_bfloat162(a, b); });
}
#endif
