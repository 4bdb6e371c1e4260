//! needs: streaming_word
/// Stores a value through to memory.
template <typename T>
inline __device__ void store_volatile(T *to, decltype(T()) value) {
    typedef typename streaming_word<sizeof(T)>::type word __attribute__((__may_alias__));
    word bits;
    __builtin_memcpy(&bits, &value, sizeof(T));
    *reinterpret_cast<volatile word *>(to) = bits;
}
