//! needs: products
/// 32 elements of one bit in a register. A product is `xor` of two bits.
struct xor_element {
    using word = unsigned;
    static constexpr int bits = 1;
};

template <>
struct products<xor_element, xor_element> {
    static __device__ long long added(long long sum, unsigned a, unsigned b) { return sum + __popc(a ^ b); }
};
