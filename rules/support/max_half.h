/// The larger one of two half-precision or bfloat16 numbers by their bits `a` and `b`; `infinity` has the bits of that
/// number. What is no number gives way to the other one, and +0 is larger than -0.
inline __device__ unsigned short max_half(unsigned short a, unsigned short b, unsigned short infinity) {
    const bool a_is_none = (a & 0x7fffu) > infinity, b_is_none = (b & 0x7fffu) > infinity;
    if (a_is_none || b_is_none) return !a_is_none ? a : !b_is_none ? b : 0x7fffu;
    // With the sign turned around, bits are in the order of the numbers.
    const unsigned x = a & 0x8000u ? 0xffffu & ~a : a | 0x8000u, y = b & 0x8000u ? 0xffffu & ~b : b | 0x8000u;
    return x < y ? b : a;
}
