/// Adds a number of two bytes, or a pair of four bytes, to one in memory with `add`, and returns the number that was
/// there. Compare and swap works on the word of four bytes that contains the number.
template <typename Type, typename Add>
inline __device__ Type atomic_add_bits(Type *address, Type value, Add add) {
    const unsigned long long at = (unsigned long long)address;
    unsigned *word = (unsigned *)(at & ~3ull);
    const unsigned shift = (unsigned)(at & 3) * 8;
    const unsigned mask = sizeof(Type) == 4 ? 0xffffffffu : 0xffffu << shift;
    unsigned known = __hip_atomic_load(word, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
    Type old;
    bool is_done = false;
    while (!is_done) {
        const unsigned before = known >> shift;
        __builtin_memcpy((void *)&old, &before, sizeof(Type));
        const Type sum = add(old, value);
        unsigned bits = 0;
        __builtin_memcpy(&bits, (const void *)&sum, sizeof(Type));
        is_done = __hip_atomic_compare_exchange_strong(word, &known, (known & ~mask) | bits << shift, __ATOMIC_RELAXED,
                                                       __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
    }
    return old;
}
