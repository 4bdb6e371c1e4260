/// The `value` of the lane with this number: the number of this lane, exclusive-or `pattern`.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename Type>
inline __device__ Type shfl_xor_sync(unsigned, Type value, int pattern, int width = 32) {
    unsigned words[(sizeof(Type) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(Type));
    for (unsigned &word : words) word = __shfl_xor(word, pattern & 31, width);
    __builtin_memcpy(&value, words, sizeof(Type));
    return value;
}
