//! needs: streaming_word
/// Stores a value through to memory.
template <typename Type>
inline __device__ void store_volatile(Type *to, decltype(Type()) value) {
    typedef typename streaming_word<sizeof(Type)>::type word __attribute__((__may_alias__));
    word bits;
    __builtin_memcpy(&bits, &value, sizeof(Type));
    *reinterpret_cast<volatile word *>(to) = bits;
}
