/// Sums of type `f32`.
struct f32_sum {
    using word = float;
    using number = float;
    static constexpr int count = 1;
    static __device__ number value(word value, int) { return value; }
    static __device__ word word_of(const number *sums) { return *sums; }
};
