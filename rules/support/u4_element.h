/// Eight elements of type `u4` in a register.
struct u4_element {
    using word = unsigned;
    static constexpr int bits = 4;
    static __device__ int value(unsigned word, int at) { return (int)(word >> 4 * at & 0xfu); }
};
