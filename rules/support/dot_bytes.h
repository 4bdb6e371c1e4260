/// Adds to `c` the products of the four bytes of `a`, of type `ElementA`, with those of `b`, of type `ElementB`.
template <typename ElementA, typename ElementB>
inline __device__ unsigned dot_bytes(unsigned a, unsigned b, unsigned c) {
    for (int shift = 0; shift < 32; shift += 8) {
        c += static_cast<unsigned>(static_cast<ElementA>(a >> shift) * static_cast<ElementB>(b >> shift));
    }
    return c;
}
