/// Copies `bytes` with all threads of the group. A thread has copied its part when the call returns; after `wait` all
/// threads see the whole copy.
template <typename Group, typename T, typename U>
inline __device__ void memcpy_async(const Group &group, T *to, const U *from, size_t bytes) {
    const size_t rank = group.thread_rank(), threads = group.size();
    const size_t places = reinterpret_cast<size_t>(to) | reinterpret_cast<size_t>(from) | bytes;
    if (places % 16 == 0) {
        const uint4 *source = reinterpret_cast<const uint4 *>(from);
        for (size_t at = rank; at < bytes / 16; at += threads) reinterpret_cast<uint4 *>(to)[at] = source[at];
    } else if (places % 4 == 0) {
        const unsigned *source = reinterpret_cast<const unsigned *>(from);
        for (size_t at = rank; at < bytes / 4; at += threads) reinterpret_cast<unsigned *>(to)[at] = source[at];
    } else {
        const char *source = reinterpret_cast<const char *>(from);
        for (size_t at = rank; at < bytes; at += threads) reinterpret_cast<char *>(to)[at] = source[at];
    }
}

/// Copies as many elements as both sides have.
template <typename Group, typename T>
inline __device__ void memcpy_async(const Group &group, T *to, size_t room, const T *from, size_t elements) {
    memcpy_async(group, to, from, (room < elements ? room : elements) * sizeof(T));
}
