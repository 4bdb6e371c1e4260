/// Adds to `c` the products of the two half-words of `a`, of type `ElementA`, with the two lower bytes of `b`, of type `ElementB`.
template <typename ElementA, typename ElementB>
inline __device__ unsigned dot_halves(unsigned a, unsigned b, unsigned c) {
    for (int part = 0; part < 2; ++part) {
        c += static_cast<unsigned>(static_cast<ElementA>(a >> (16 * part)) * static_cast<ElementB>(b >> (8 * part)));
    }
    return c;
}
