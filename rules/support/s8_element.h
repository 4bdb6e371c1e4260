/// Four elements of type `s8` in a register.
struct s8_element {
    using word = unsigned;
    static constexpr int bits = 8;
    static constexpr bool is_signed = true;
    static __device__ int value(unsigned word, int at) { return (int)(word << (24 - 8 * at)) >> 24; }
};
