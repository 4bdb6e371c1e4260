/// `into` with its `length` bits from bit `from` on, both modulo 256, replaced by the lowest bits of `bits`.
inline __device__ unsigned bfi(unsigned bits, unsigned into, unsigned from, unsigned length) {
    from &= 255u, length &= 255u;
    if (from > 31u || length == 0u) return into;
    const unsigned mask = (length > 31u ? 0xffffffffu : (1u << length) - 1u) << from;
    return (into & ~mask) | (bits << from & mask);
}

/// The same for words of 64 bits; position and length are taken as they are, as NVIDIA's GPUs do.
inline __device__ unsigned long long bfi(unsigned long long bits, unsigned long long into, unsigned from, unsigned length) {
    if (from > 63u || length == 0u) return into;
    const unsigned long long mask = (length > 63u ? ~0ull : (1ull << length) - 1ull) << from;
    return (into & ~mask) | (bits << from & mask);
}
