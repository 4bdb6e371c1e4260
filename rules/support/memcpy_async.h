/// Copies each word of `Word` bytes whose number is `rank` modulo `threads`.
template <size_t Word>
inline __device__ void copy_words(void *to, const void *from, size_t bytes, size_t rank, size_t threads) {
    for (size_t at = rank * Word; at < bytes; at += threads * Word) {
        __builtin_memcpy(__builtin_assume_aligned(static_cast<char *>(to) + at, Word),
                         __builtin_assume_aligned(static_cast<const char *>(from) + at, Word), Word);
    }
}

/// Copies `bytes` with all threads of the group. A thread has copied its part when the call returns; after `wait` all
/// threads see the whole copy.
template <typename Group, typename Type, typename Other>
inline __device__ void memcpy_async(const Group &group, Type *to, const Other *from, size_t bytes) {
    const size_t places = reinterpret_cast<size_t>(to) | reinterpret_cast<size_t>(from) | bytes;
    if (places % 16 == 0) {
        copy_words<16>(to, from, bytes, group.thread_rank(), group.size());
    } else if (places % 4 == 0) {
        copy_words<4>(to, from, bytes, group.thread_rank(), group.size());
    } else {
        copy_words<1>(to, from, bytes, group.thread_rank(), group.size());
    }
}

/// Copies as many elements as both sides have.
template <typename Group, typename Type>
inline __device__ void memcpy_async(const Group &group, Type *to, size_t room, const Type *from, size_t elements) {
    memcpy_async(group, to, from, (room < elements ? room : elements) * sizeof(Type));
}

/// Copies `bytes` with all threads of the group. A barrier or a pipeline makes the copy visible to other threads.
template <typename Group, typename Type, typename Other, typename Sync>
inline __device__ void memcpy_async(const Group &group, Type *to, const Other *from, size_t bytes, Sync &) {
    memcpy_async(group, to, from, bytes);
}

/// A group of one thread.
struct one_thread {
    static __device__ unsigned thread_rank() { return 0; }
    static __device__ unsigned size() { return 1; }
};

/// Copies `bytes` with this thread.
template <typename Type, typename Other, typename Sync>
inline __device__ void memcpy_async(Type *to, const Other *from, size_t bytes, Sync &) {
    memcpy_async(one_thread(), to, from, bytes);
}
