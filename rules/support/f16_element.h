//! needs: as_half
/// Two elements of type `f16` in a register.
struct f16_element {
    using word = unsigned;
    static constexpr int bits = 16;
    static constexpr bool is_half = true;
    static __device__ float value(unsigned word, int at) { return __half2float(as_half((unsigned short)(word >> 16 * at))); }
};
