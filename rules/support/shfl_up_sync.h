/// The `value` of the lane that is `delta` below; without such a lane, the own one.
/// Values of any type that can be copied byte by byte move word by word.
template <typename T>
inline __device__ T shfl_up_sync(unsigned, T value, unsigned delta, int width = 32) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = __shfl_up(word, delta, width);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
