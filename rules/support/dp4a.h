/// Adds to `c` the products of the four signed bytes of `a` with those of `b`.
inline __device__ int dp4a(int a, int b, int c) {
// The targets for which clang 22 accepts the instructions.
#if defined(__gfx906__) || defined(__gfx908__) || defined(__gfx90a__) || defined(__gfx940__) || \
    defined(__gfx941__) || defined(__gfx942__) || defined(__gfx950__) || defined(__gfx1011__) || defined(__gfx1012__) || \
    defined(__gfx1030__) || defined(__gfx1031__) || defined(__gfx1032__) || defined(__gfx1033__) || \
    defined(__gfx1034__) || defined(__gfx1035__) || defined(__gfx1036__)
    return __builtin_amdgcn_sdot4(a, b, c, false);
#elif defined(__GFX11__) || defined(__GFX12__)
    return __builtin_amdgcn_sudot4(true, a, true, b, c, false);
#else
    unsigned sum = static_cast<unsigned>(c);
    for (int shift = 0; shift < 32; shift += 8) {
        sum += static_cast<signed char>(a >> shift) * static_cast<signed char>(b >> shift);
    }
    return static_cast<int>(sum);
#endif
}

/// The same for unsigned bytes.
inline __device__ unsigned dp4a(unsigned a, unsigned b, unsigned c) {
#if defined(__gfx906__) || defined(__gfx908__) || defined(__gfx90a__) || defined(__gfx940__) || \
    defined(__gfx941__) || defined(__gfx942__) || defined(__gfx950__) || defined(__gfx1011__) || defined(__gfx1012__) || \
    defined(__gfx1030__) || defined(__gfx1031__) || defined(__gfx1032__) || defined(__gfx1033__) || \
    defined(__gfx1034__) || defined(__gfx1035__) || defined(__gfx1036__) || \
    defined(__GFX11__) || defined(__GFX12__)
    return __builtin_amdgcn_udot4(a, b, c, false);
#else
    for (int shift = 0; shift < 32; shift += 8) {
        c += (a >> shift & 0xffu) * (b >> shift & 0xffu);
    }
    return c;
#endif
}

/// The same for vectors of signed bytes.
inline __device__ int dp4a(char4 a, char4 b, int c) {
    int words[2];
    __builtin_memcpy(&words[0], &a, 4);
    __builtin_memcpy(&words[1], &b, 4);
    return dp4a(words[0], words[1], c);
}

/// The same for vectors of unsigned bytes.
inline __device__ unsigned dp4a(uchar4 a, uchar4 b, unsigned c) {
    unsigned words[2];
    __builtin_memcpy(&words[0], &a, 4);
    __builtin_memcpy(&words[1], &b, 4);
    return dp4a(words[0], words[1], c);
}
