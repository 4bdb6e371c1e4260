//! needs: streaming_word
/// Stores a value that is not used soon.
template <typename T>
inline __device__ void store_streaming(T *to, decltype(T()) value) {
    typedef typename streaming_word<sizeof(T)>::type word __attribute__((__may_alias__));
    word bits;
    __builtin_memcpy(&bits, &value, sizeof(T));
    __builtin_nontemporal_store(bits, reinterpret_cast<word *>(to));
}
