//! needs: as_half
/// Four elements of type `e5m2` in a register: each is the upper byte of a half-precision number.
struct e5m2_element {
    using word = unsigned;
    static constexpr int bits = 8;
    static __device__ float value(unsigned word, int at) { return __half2float(as_half((unsigned short)((word >> 8 * at & 0xffu) << 8))); }
};
