//! needs: as_half float_pair half_bits
//! include: hip/hip_fp16.h
//! include: hip/hip_bf16.h
/// The values of a pair of half-precision or bfloat16 numbers.
inline __device__ float_pair pair_values(__half2 a) {
    const unsigned bits = half_bits(a);
    return {__half2float(as_half(static_cast<unsigned short>(bits))),
            __half2float(as_half(static_cast<unsigned short>(bits >> 16)))};
}
#if __has_include(<hip/hip_bf16.h>)
inline __device__ float_pair pair_values(__hip_bfloat162 a) {
    unsigned bits;
    __builtin_memcpy(&bits, &a, 4);
    const unsigned words[2] = {bits << 16, bits & 0xffff0000u};
    float_pair values;
    __builtin_memcpy(&values, words, 8);
    return values;
}
#endif
