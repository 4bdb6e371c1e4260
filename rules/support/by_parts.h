/// Applies `op` to each part of type `Part` of the words `a` and `b`, and keeps the low bits of each result.
template <typename Part, typename Op>
inline __host__ __device__ unsigned by_parts(unsigned a, unsigned b, Op op) {
    const int bits = 8 * sizeof(Part);
    unsigned result = 0;
    for (int shift = 0; shift < 32; shift += bits) {
        const int x = static_cast<Part>(a >> shift), y = static_cast<Part>(b >> shift);
        result |= (static_cast<unsigned>(op(x, y)) & ((1u << bits) - 1)) << shift;
    }
    return result;
}
