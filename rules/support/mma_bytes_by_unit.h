//! needs: registers mma unit_product unit_bytes s8_element
/// The same as `mma_by_unit` for signed bytes: a depth of 16 or 32, and sums that are exact.
template <int Rows, int Depth, typename Sum>
inline __device__ auto mma_bytes_by_unit(registers<unsigned, Depth / 8> a, registers<unsigned, Depth / 16> b,
                                         registers<typename Sum::word, 4 / Sum::count> c)
    -> registers<typename Sum::word, 4 / Sum::count> {
#if defined(__gfx942__) || defined(__gfx950__) || defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    const unsigned long long all = ~0ull >> (64 - wave_size);
    if (__builtin_amdgcn_read_exec() == all) {
        int products[4];
        unit_product<unit_bytes>::fragment(a.at, b.at, Depth / 16, products);
        typename Sum::number sums[4];
#pragma unroll
        for (int at = 0; at < 4; ++at) sums[at] = Sum::value(c.at[at / Sum::count], at % Sum::count) + products[at];
        registers<typename Sum::word, 4 / Sum::count> result;
#pragma unroll
        for (int at = 0; at < 4 / Sum::count; ++at) result.at[at] = Sum::word_of(sums + at * Sum::count);
        return result;
    }
#endif
    return mma<Rows, Depth, s8_element, s8_element, Sum>(a, b, c);
}
