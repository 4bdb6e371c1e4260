/// Eight elements of type `s4` in a register.
struct s4_element {
    using word = unsigned;
    static constexpr int bits = 4;
    static __device__ int value(unsigned word, int at) { return (int)(word << (28 - 4 * at)) >> 28; }
};
