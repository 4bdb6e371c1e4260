/// One element of type `tf32` in a register: the low 13 bits do not count.
struct tf32_element {
    using word = unsigned;
    static constexpr int bits = 32;
    static __device__ float value(unsigned word, int) { return __uint_as_float(word & 0xffffe000u); }
};
