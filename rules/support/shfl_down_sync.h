/// The `value` of the lane that is `delta` above; this lane's own `value` if that lane does not exist.
/// The type can be any that is trivially copyable; its values are copied in words.
template <typename T>
inline __device__ T shfl_down_sync(unsigned, T value, unsigned delta, int width = 32) {
    unsigned words[(sizeof(T) + 3) / 4] = {};
    __builtin_memcpy(words, &value, sizeof(T));
    for (unsigned &word : words) word = __shfl_down(word, delta, width);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
