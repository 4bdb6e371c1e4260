//! needs: registers mma unit_mma unit_bytes
/// The same as `mma_by_unit` for bytes: a depth of 16 or 32, and sums that are exact. `ElementA` and `ElementB` are `s8_element` or `u8_element`.
template <int Rows, int Depth, typename ElementA, typename ElementB, typename Sum>
inline __device__ auto mma_bytes_by_unit(registers<unsigned, Depth / 8> a, registers<unsigned, Depth / 16> b,
                                         registers<typename Sum::word, 4 / Sum::count> c)
    -> registers<typename Sum::word, 4 / Sum::count> {
#if defined(__gfx942__) || defined(__gfx950__) || defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    const unsigned long long all = ~0ull >> (64 - wave_size);
    if (__builtin_amdgcn_read_exec() == all) return unit_mma<unit_bytes<ElementB::is_signed, ElementA::is_signed>, Sum>(a, b, c);
#endif
    return mma<Rows, Depth, ElementA, ElementB, Sum>(a, b, c);
}
