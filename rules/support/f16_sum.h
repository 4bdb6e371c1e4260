//! needs: as_half half_bits
/// Two sums of type `f16` in a register. They are rounded once, at the end.
struct f16_sum {
    using word = unsigned;
    using number = float;
    static constexpr int count = 2;
    static __device__ number value(word value, int at) { return __half2float(as_half((unsigned short)(value >> 16 * at))); }
    static __device__ word word_of(const number *sums) { return half_bits(__float2half_rn(sums[0])) | (unsigned)half_bits(__float2half_rn(sums[1])) << 16; }
};
