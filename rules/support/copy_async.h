//! needs: shared_pointer
/// Copies `filled` bytes to shared memory and puts zeros behind them, up to `Bytes`; done when it returns.
template <int Bytes>
inline __device__ void copy_async(unsigned to, const void *from, unsigned filled = Bytes) {
    static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "copies of 4, 8 or 16 bytes");
    struct alignas(Bytes) Chunk {
        unsigned words[Bytes / 4];
    };
    Chunk chunk = {};
    if (filled >= Bytes) {
        chunk = *static_cast<const Chunk *>(from);
    } else {
        for (unsigned at = 0; at < filled; ++at) reinterpret_cast<char *>(&chunk)[at] = static_cast<const char *>(from)[at];
    }
    *shared_pointer<Chunk>(to) = chunk;
}
