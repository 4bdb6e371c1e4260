/// The `value` of the lane whose number differs in the bits of `pattern`.
/// Values of any type that can be copied byte by byte move word by word.
template <typename T>
inline __device__ T shfl_xor_sync(unsigned, T value, int pattern, int width = 32) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = __shfl_xor(word, pattern & 31, width);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
