//! needs: streaming_word
/// Loads a value from memory, not from a cache that other threads do not share.
template <typename Type>
inline __device__ Type load_volatile(const Type *from) {
    typedef typename streaming_word<sizeof(Type)>::type word __attribute__((__may_alias__));
    const word bits = *reinterpret_cast<const volatile word *>(from);
    Type value;
    __builtin_memcpy(&value, &bits, sizeof(Type));
    return value;
}
