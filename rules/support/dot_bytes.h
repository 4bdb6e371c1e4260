/// Adds to `c` the products of the four bytes of `a`, of type `A`, with those of `b`, of type `B`.
template <typename A, typename B>
inline __device__ unsigned dot_bytes(unsigned a, unsigned b, unsigned c) {
    for (int shift = 0; shift < 32; shift += 8) {
        c += static_cast<unsigned>(static_cast<A>(a >> shift) * static_cast<B>(b >> shift));
    }
    return c;
}
