//! needs: streaming_word
/// Loads a value from memory, not from a cache that other threads do not share.
template <typename T>
inline __device__ T load_volatile(const T *from) {
    typedef typename streaming_word<sizeof(T)>::type word __attribute__((__may_alias__));
    const word bits = *reinterpret_cast<const volatile word *>(from);
    T value;
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
