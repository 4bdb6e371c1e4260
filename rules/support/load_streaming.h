//! needs: streaming_word
/// Loads a value that is used only once.
template <typename T>
inline __device__ T load_streaming(const T *from) {
    typedef typename streaming_word<sizeof(T)>::type word __attribute__((__may_alias__));
    const word bits = __builtin_nontemporal_load(reinterpret_cast<const word *>(from));
    T value;
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
