//! needs: as_bfloat16
/// The bfloat16 number next to a number in a direction: -1 for down, 1 for up, 2 for toward zero.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 float_to_bfloat16(float value, int direction) {
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return as_bfloat16(0x7fff);
    const bool is_away = (bits & 0xffffu) != 0 && direction == (bits >> 31 ? -1 : 1);
    return as_bfloat16(static_cast<unsigned short>((bits >> 16) + (is_away ? 1u : 0u)));
}
#endif
