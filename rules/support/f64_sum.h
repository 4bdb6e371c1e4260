/// Sums of type `f64`.
struct f64_sum {
    using word = double;
    using number = double;
    static constexpr int count = 1;
    static __device__ number value(word value, int) { return value; }
    static __device__ word word_of(const number *sums) { return *sums; }
};
