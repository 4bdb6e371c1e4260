/// Sums of type `s32`, modulo 2^32.
struct s32_sum {
    using word = int;
    using number = long long;
    static constexpr int count = 1;
    static __device__ number value(word value, int) { return value; }
    static __device__ word word_of(const number *sums) { return (int)(unsigned)*sums; }
};
