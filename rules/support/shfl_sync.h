/// The `value` of lane `lane` modulo `width`, of this warp.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename T>
inline __device__ T shfl_sync(unsigned, T value, int lane, int width = 32) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = __shfl(word, lane & (width - 1), width);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
