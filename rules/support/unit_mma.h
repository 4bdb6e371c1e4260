//! needs: registers unit_product
/// A B + C for a wave of which all lanes run. `Vector` multiplies, and B has `Steps` registers.
template <typename Vector, typename Sum, int Steps>
inline __device__ auto unit_mma(registers<unsigned, 2 * Steps> a, registers<unsigned, Steps> b,
                                registers<typename Sum::word, 4 / Sum::count> c)
    -> registers<typename Sum::word, 4 / Sum::count> {
    typename Vector::number products[4];
    unit_product<Vector>::fragment(a.at, b.at, Steps, products);
    typename Sum::number sums[4];
#pragma unroll
    for (int at = 0; at < 4; ++at) sums[at] = Sum::value(c.at[at / Sum::count], at % Sum::count) + products[at];
    registers<typename Sum::word, 4 / Sum::count> result;
#pragma unroll
    for (int at = 0; at < 4 / Sum::count; ++at) result.at[at] = Sum::word_of(sums + at * Sum::count);
    return result;
}
