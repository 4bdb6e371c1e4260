//! needs: registers f16_element products shfl_sync
/// Four products D = A B + C of matrices of 8 by 4 and 4 by 8, each by the eight lanes of a quad pair: the first by the
/// lanes 0 to 3 and 16 to 19, the next by the lanes 4 to 7 and 20 to 23, and so on.
template <typename LayoutA, typename LayoutB, typename Sum>
struct quad_pair {
    using factors = registers<unsigned, 2>;
    using sums = registers<typename Sum::word, 8 / Sum::count>;

    /// Four elements: a row of A or a column of B with the number `line`. `IsByLine` says that one lane has all of them;
    /// otherwise the lanes of a quad have one each.
    template <bool IsByLine>
    static __device__ registers<float, 4> elements(factors matrix, int line) {
        const int quad = (__lane_id() & 12u) | (line & 4) * 4;
        registers<float, 4> found;
#pragma unroll
        for (int at = 0; at < 4; ++at) {
            const int from = quad | (IsByLine ? line & 3 : at), element = IsByLine ? at : line & 3;
            const unsigned low = shfl_sync(0xffffffffu, matrix.at[0], from);
            const unsigned high = shfl_sync(0xffffffffu, matrix.at[1], from);
            found.at[at] = f16_element::value(element & 2 ? high : low, element & 1);
        }
        return found;
    }

    static __device__ sums multiplied(factors a, factors b, sums c) {
        const int lane = __lane_id() & 31u, half = lane & 16 ? 4 : 0;
        typename Sum::number numbers[8];
#pragma unroll
        for (int at = 0; at < 8; ++at) {
            // Sums of half precision are a row in each lane, others are four pairs.
            const int row = half + (Sum::count == 2 ? lane & 3 : (lane & 1) + (at & 2));
            const int column = Sum::count == 2 ? at : (at & 4) + (lane & 2) + (at & 1);
            const registers<float, 4> x = elements<LayoutA::by_row>(a, row), y = elements<!LayoutB::by_row>(b, column);
            numbers[at] = Sum::value(c.at[at / Sum::count], at % Sum::count);
#pragma unroll
            for (int step = 0; step < 4; ++step) numbers[at] = multiply_add(x.at[step], y.at[step], numbers[at]);
        }
        sums result;
#pragma unroll
        for (int at = 0; at < 8 / Sum::count; ++at) result.at[at] = Sum::word_of(numbers + at * Sum::count);
        return result;
    }
};

/// `mma.m8n8k4` of half precision.
template <typename LayoutA, typename LayoutB, typename Sum>
inline __device__ auto mma_quad_pairs(registers<unsigned, 2> a, registers<unsigned, 2> b, registers<typename Sum::word, 8 / Sum::count> c)
    -> registers<typename Sum::word, 8 / Sum::count> {
    return quad_pair<LayoutA, LayoutB, Sum>::multiplied(a, b, c);
}
