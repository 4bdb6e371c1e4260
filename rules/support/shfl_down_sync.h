/// The `value` of the lane that is `delta` above; this lane's own `value` if that lane does not exist.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename Type>
inline __device__ Type shfl_down_sync(unsigned, Type value, unsigned delta, int width = 32) {
    unsigned words[(sizeof(Type) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(Type));
    for (unsigned &word : words) word = __shfl_down(word, delta, width);
    __builtin_memcpy(&value, words, sizeof(Type));
    return value;
}
