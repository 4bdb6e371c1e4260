/// The sum of the absolute differences of the unsigned bytes of `a` and `b`.
inline __device__ unsigned vsadu4(unsigned a, unsigned b) {
    unsigned sum = 0;
    for (int shift = 0; shift < 32; shift += 8) {
        const int x = static_cast<unsigned char>(a >> shift), y = static_cast<unsigned char>(b >> shift);
        sum += x < y ? y - x : x - y;
    }
    return sum;
}
