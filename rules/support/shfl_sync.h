/// The `value` of lane `lane` modulo `width`, of this warp.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename Type>
inline __device__ Type shfl_sync(unsigned, Type value, int lane, int width = 32) {
    unsigned words[(sizeof(Type) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(Type));
    for (unsigned &word : words) word = __shfl(word, lane & (width - 1), width);
    __builtin_memcpy(&value, words, sizeof(Type));
    return value;
}
