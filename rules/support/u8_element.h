/// Four elements of type `u8` in a register.
struct u8_element {
    using word = unsigned;
    static constexpr int bits = 8;
    static constexpr bool is_signed = false;
    static __device__ int value(unsigned word, int at) { return (int)(word >> 8 * at & 0xffu); }
};
