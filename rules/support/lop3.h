/// For each bit the bit of `table` that those of `a`, `b` and `c` select, as PTX's `lop3` does.
inline __device__ unsigned lop3(unsigned a, unsigned b, unsigned c, unsigned table) {
    unsigned result = 0u;
    for (unsigned row = 0u; row < 8u; ++row) {
        if (table >> row & 1u) result |= (row & 4u ? a : ~a) & (row & 2u ? b : ~b) & (row & 1u ? c : ~c);
    }
    return result;
}
