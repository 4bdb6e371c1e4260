/// The sum of the absolute differences of the signed half-words of `a` and `b`.
inline __device__ unsigned vsads2(unsigned a, unsigned b) {
    unsigned sum = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        const int x = static_cast<short>(a >> shift), y = static_cast<short>(b >> shift);
        sum += x < y ? y - x : x - y;
    }
    return sum;
}
