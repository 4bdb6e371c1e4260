/// Copies `size - zeros` bytes and puts zeros behind them, up to `size`, which is 4, 8 or 16; done when it returns.
inline __device__ void pipeline_memcpy_async(void *to, const void *from, size_t size, size_t zeros = 0) {
    if (zeros == 0 && size == 16) {
        __builtin_memcpy(__builtin_assume_aligned(to, 16), __builtin_assume_aligned(from, 16), 16);
    } else if (zeros == 0 && size == 8) {
        __builtin_memcpy(__builtin_assume_aligned(to, 8), __builtin_assume_aligned(from, 8), 8);
    } else if (zeros == 0 && size == 4) {
        __builtin_memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4), 4);
    } else {
        for (size_t at = 0; at < size; ++at)
            static_cast<char *>(to)[at] = at < size - zeros ? static_cast<const char *>(from)[at] : 0;
    }
}
