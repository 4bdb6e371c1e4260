//! needs: products
/// 32 elements of one bit in a register. A product is `and` of two bits.
struct and_element {
    using word = unsigned;
    static constexpr int bits = 1;
};

template <>
struct products<and_element, and_element> {
    static __device__ long long added(long long sum, unsigned a, unsigned b) { return sum + __popc(a & b); }
};
