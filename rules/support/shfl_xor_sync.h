/// The `value` of the lane with this number: the number of this lane, exclusive-or `pattern`.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename T>
inline __device__ T shfl_xor_sync(unsigned, T value, int pattern, int width = 32) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = __shfl_xor(word, pattern & 31, width);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
