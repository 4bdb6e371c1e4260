/// The sum of the absolute differences of the signed bytes of `a` and `b`.
inline __device__ unsigned vsads4(unsigned a, unsigned b) {
    unsigned sum = 0;
    for (int shift = 0; shift < 32; shift += 8) {
        const int x = static_cast<signed char>(a >> shift), y = static_cast<signed char>(b >> shift);
        sum += x < y ? y - x : x - y;
    }
    return sum;
}
