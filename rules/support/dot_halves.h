/// Adds to `c` the products of the two half-words of `a`, of type `A`, with the two lower bytes of `b`, of type `B`.
template <typename A, typename B>
inline __device__ unsigned dot_halves(unsigned a, unsigned b, unsigned c) {
    for (int part = 0; part < 2; ++part) {
        c += static_cast<unsigned>(static_cast<A>(a >> (16 * part)) * static_cast<B>(b >> (8 * part)));
    }
    return c;
}
