//! needs: registers products shfl_sync
/// D = A B + C in the fragments of PTX, for matrices with 8 columns. `ElementA`, `ElementB` and `Sum` describe the elements.
/// Each lane gets the rows and columns that it needs from other lanes, and adds the products in the order of the columns of A.
/// Lane 4g+t has row g (in the registers of the next 8 rows: row g+8) of A, and column g of B. In each step of four
/// registers, the lane t has the part t of the row. It has the columns 2t and 2t+1 of C.
template <int Rows, int Depth, typename ElementA, typename ElementB, typename Sum>
inline __device__ auto mma(registers<typename ElementA::word, Rows * Depth * ElementA::bits / (256 * (int)sizeof(typename ElementA::word))> a,
                           registers<typename ElementB::word, 8 * Depth * ElementB::bits / (256 * (int)sizeof(typename ElementB::word))> b,
                           registers<typename Sum::word, Rows / 4 / Sum::count> c)
    -> registers<typename Sum::word, Rows / 4 / Sum::count> {
    constexpr int Parts = Rows / 8;
    constexpr int Steps = 8 * Depth * ElementB::bits / (256 * (int)sizeof(typename ElementB::word));
    const int lane = __lane_id() & 31u, group = lane / 4, place = lane % 4;
    typename Sum::number sums[2 * Parts];
#pragma unroll
    for (int at = 0; at < 2 * Parts; ++at) sums[at] = Sum::value(c.at[at / Sum::count], at % Sum::count);
#pragma unroll
    for (int step = 0; step < Steps; ++step) {
#pragma unroll
        for (int from = 0; from < 4; ++from) {
            typename ElementA::word rows[Parts];
            typename ElementB::word columns[2];
#pragma unroll
            for (int part = 0; part < Parts; ++part)
                rows[part] = shfl_sync(0xffffffffu, a.at[step * Parts + part], 4 * group + from);
#pragma unroll
            for (int column = 0; column < 2; ++column)
                columns[column] = shfl_sync(0xffffffffu, b.at[step], 4 * (2 * place + column) + from);
#pragma unroll
            for (int at = 0; at < 2 * Parts; ++at)
                sums[at] = products<ElementA, ElementB>::added(sums[at], rows[at / 2], columns[at % 2]);
        }
    }
    registers<typename Sum::word, Rows / 4 / Sum::count> result;
#pragma unroll
    for (int at = 0; at < 2 * Parts / Sum::count; ++at) result.at[at] = Sum::word_of(sums + at * Sum::count);
    return result;
}
