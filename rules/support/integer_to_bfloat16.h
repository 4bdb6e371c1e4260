//! needs: as_bfloat16
/// The bfloat16 number next to a whole number, from its sign and amount, which is not rounded before. The direction is -1 for
/// down, 1 for up, 2 for toward zero and 0 for the nearest number, which is even if two are as near.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat16 integer_to_bfloat16(bool negative, unsigned long long amount, int direction) {
    if (amount == 0) return as_bfloat16(0);
    const int top = 63 - __builtin_clzll(amount);
    const unsigned long long aligned = amount << (63 - top);
    unsigned bits = (static_cast<unsigned>(top + 127) << 7) + (static_cast<unsigned>(aligned >> 56) & 127u);
    const unsigned long long rest = aligned << 8, half = 1ull << 63;
    const bool nearest_is_away = rest > half || (rest == half && (bits & 1u));
    const bool is_away = direction == 0 ? nearest_is_away : rest != 0 && direction == (negative ? -1 : 1);
    if (is_away) ++bits;
    return as_bfloat16(static_cast<unsigned short>(bits | (negative ? 0x8000u : 0u)));
}
template <typename Type> inline __device__ __hip_bfloat16 integer_to_bfloat16(Type value, int direction) {
    const auto bits = static_cast<unsigned long long>(value);
    const bool negative = value < Type(0);
    return integer_to_bfloat16(negative, negative ? 0ull - bits : bits, direction);
}
#endif
