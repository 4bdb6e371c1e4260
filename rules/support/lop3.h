/// For each bit the bit of `table` that those of `a`, `b` and `c` select, as PTX's `lop3` does.
inline __device__ unsigned lop3(unsigned a, unsigned b, unsigned c, unsigned table) {
    unsigned result = 0u;
#pragma unroll
    for (unsigned row = 0u; row < 8u; ++row) {
        if (table >> row & 1u) result |= (row & 4u ? a : ~a) & (row & 2u ? b : ~b) & (row & 1u ? c : ~c);
    }
    return result;
}

/// `lop3` with a constant table, which is one instruction on GPUs with `v_bitop3_b32`.
template <unsigned char Table>
inline __device__ unsigned lop3(unsigned a, unsigned b, unsigned c) {
#if defined(__gfx950__) || defined(__gfx1250__) || defined(__gfx1251__)
    return __builtin_amdgcn_bitop3_b32(a, b, c, Table);
#else
    return lop3(a, b, c, Table);
#endif
}
