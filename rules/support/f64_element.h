/// One element of type `f64` in a register.
struct f64_element {
    using word = double;
    static constexpr int bits = 64;
    static __device__ double value(double word, int) { return word; }
};
