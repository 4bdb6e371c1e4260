/// The sum of the absolute differences of the unsigned half-words of `a` and `b`.
inline __device__ unsigned vsadu2(unsigned a, unsigned b) {
    unsigned sum = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        const int x = static_cast<unsigned short>(a >> shift), y = static_cast<unsigned short>(b >> shift);
        sum += x < y ? y - x : x - y;
    }
    return sum;
}
