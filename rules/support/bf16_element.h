/// Two elements of type `bf16` in a register.
struct bf16_element {
    using word = unsigned;
    static constexpr int bits = 16;
    static constexpr bool is_half = false;
    static __device__ float value(unsigned word, int at) { return __uint_as_float(word >> 16 * at << 16); }
};
