/// The larger of `a + b` and `c`; the sum keeps its low bits.
inline __host__ __device__ int viaddmax_s32(int a, int b, int c) {
    const int sum = static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
    return sum < c ? c : sum;
}
