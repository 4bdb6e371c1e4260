//! needs: registers mma unit_mma unit_vector
/// D = A B + C in the fragments of PTX, for 16 rows, 8 columns and a depth of 8 or 16. The matrix unit multiplies on gfx942,
/// gfx950, gfx11, gfx1200 and gfx1201. The lanes multiply on other GPUs, and in a wave of which some lanes do not run, because
/// the matrix unit takes the registers of all lanes. The unit of gfx90a takes subnormal numbers as zero, so it is not used.
///
/// The unit computes the transposed product: its first operand are the columns of B, its second one the rows of A.
template <int Rows, int Depth, typename Element, typename Sum>
inline __device__ auto mma_by_unit(registers<unsigned, Depth / 4> a, registers<unsigned, Depth / 8> b,
                                   registers<typename Sum::word, 4 / Sum::count> c)
    -> registers<typename Sum::word, 4 / Sum::count> {
#if defined(__gfx942__) || defined(__gfx950__) || defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    const unsigned long long all = ~0ull >> (64 - wave_size);
    if (__builtin_amdgcn_read_exec() == all) return unit_mma<unit_vector<Element::is_half>, Sum>(a, b, c);
#endif
    return mma<Rows, Depth, Element, Element, Sum>(a, b, c);
}
