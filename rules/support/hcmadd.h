/// The complex product `a * b` plus `c`. The lower half of a pair is the real part.
template <typename Type>
inline __device__ Type hcmadd(Type a, Type b, Type c) {
    unsigned x, y;
    __builtin_memcpy(&x, &a, 4);
    __builtin_memcpy(&y, &b, 4);
    const unsigned words[3] = {(x & 0xffffu) * 0x10001u, ((x >> 16) * 0x10001u) ^ 0x8000u, y << 16 | y >> 16};
    Type real, imaginary, swapped;
    __builtin_memcpy(&real, words, 4);
    __builtin_memcpy(&imaginary, words + 1, 4);
    __builtin_memcpy(&swapped, words + 2, 4);
    return __hfma2(imaginary, swapped, __hfma2(real, b, c));
}
