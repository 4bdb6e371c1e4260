/// Adds a pair of half-precision or bfloat16 numbers to one in memory, with compare and swap of both at once.
template <typename Type>
inline __device__ void atomic_add_pair(Type *address, Type value) {
    unsigned *word = (unsigned *)address;
    unsigned known = __hip_atomic_load(word, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
    bool is_done = false;
    while (!is_done) {
        Type sum;
        __builtin_memcpy(&sum, &known, 4);
        sum = __hadd2(sum, value);
        unsigned bits;
        __builtin_memcpy(&bits, &sum, 4);
        is_done = __hip_atomic_compare_exchange_strong(word, &known, bits, __ATOMIC_RELAXED, __ATOMIC_RELAXED,
                                                       __HIP_MEMORY_SCOPE_AGENT);
    }
}
