/// Adds to `c` the products of the two signed half-words of `a` with the two upper signed bytes of `b`.
inline __device__ int dp2a_hi(int a, int b, int c) {
    unsigned sum = static_cast<unsigned>(c);
    for (int part = 0; part < 2; ++part) {
        sum += static_cast<short>(a >> (16 * part)) * static_cast<signed char>(b >> (16 + 8 * part));
    }
    return static_cast<int>(sum);
}

/// The same for unsigned parts.
inline __device__ unsigned dp2a_hi(unsigned a, unsigned b, unsigned c) {
    for (int part = 0; part < 2; ++part) {
        c += (a >> (16 * part) & 0xffffu) * (b >> (16 + 8 * part) & 0xffu);
    }
    return c;
}

/// The same for vectors of signed parts.
inline __device__ int dp2a_hi(short2 a, char4 b, int c) {
    int words[2];
    __builtin_memcpy(&words[0], &a, 4);
    __builtin_memcpy(&words[1], &b, 4);
    return dp2a_hi(words[0], words[1], c);
}

/// The same for vectors of unsigned parts.
inline __device__ unsigned dp2a_hi(ushort2 a, uchar4 b, unsigned c) {
    unsigned words[2];
    __builtin_memcpy(&words[0], &a, 4);
    __builtin_memcpy(&words[1], &b, 4);
    return dp2a_hi(words[0], words[1], c);
}
