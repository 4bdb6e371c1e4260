/// The `length` bits of `value` from bit `from` on, both of them modulo 256; zeros follow.
inline __device__ unsigned bfe(unsigned value, unsigned from, unsigned length) {
    from &= 255u, length &= 255u;
    if (from > 31u) return 0u;
    return length > 31u ? value >> from : value >> from & ((1u << length) - 1u);
}

/// The same for a word of 64 bits; position and length are taken as they are, as NVIDIA's GPUs do.
inline __device__ unsigned long long bfe(unsigned long long value, unsigned from, unsigned length) {
    if (from > 63u) return 0ull;
    return length > 63u ? value >> from : value >> from & ((1ull << length) - 1ull);
}

/// The same for a signed word: copies of the highest bit taken follow.
inline __device__ int bfe(int value, unsigned from, unsigned length) {
    from &= 255u, length &= 255u;
    if (length == 0u) return 0;
    if (from > 31u) from = 31u, length = 1u;
    const unsigned kept = 32u - from < length ? 32u - from : length;
    return (int)((unsigned)value << (32u - from - kept)) >> (32u - kept);
}

/// The same for a signed word of 64 bits, with position and length as they are.
inline __device__ long long bfe(long long value, unsigned from, unsigned length) {
    if (length == 0u) return 0;
    if (from > 63u) from = 63u, length = 1u;
    const unsigned kept = 64u - from < length ? 64u - from : length;
    return (long long)((unsigned long long)value << (64u - from - kept)) >> (64u - kept);
}
