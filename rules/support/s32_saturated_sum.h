//! needs: saturated
/// Sums of type `s32`; a sum that is too large becomes the largest number.
struct s32_saturated_sum {
    using word = int;
    using number = long long;
    static constexpr int count = 1;
    static __device__ number value(word value, int) { return value; }
    static __device__ word word_of(const number *sums) { return saturated<int>(*sums); }
};
