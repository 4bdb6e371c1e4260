//! needs: streaming_word
/// Stores a value that is not used soon.
template <typename Type>
inline __device__ void store_streaming(Type *to, decltype(Type()) value) {
    typedef typename streaming_word<sizeof(Type)>::type word __attribute__((__may_alias__));
    word bits;
    __builtin_memcpy(&bits, &value, sizeof(Type));
    __builtin_nontemporal_store(bits, reinterpret_cast<word *>(to));
}
