//! needs: streaming_word
/// Loads a value that is used only once.
template <typename Type>
inline __device__ Type load_streaming(const Type *from) {
    typedef typename streaming_word<sizeof(Type)>::type word __attribute__((__may_alias__));
    const word bits = __builtin_nontemporal_load(reinterpret_cast<const word *>(from));
    Type value;
    __builtin_memcpy(&value, &bits, sizeof(Type));
    return value;
}
