//! needs: registers shared_pointer shfl_sync
/// Parts of `Count` matrices of 8 rows with 8 elements of 16 bits. Lane 8m+r gives the address of row r of matrix m.
/// A lane gets two elements of a row of each matrix or, if the matrices are transposed, of a column.
template <int Count, bool IsTransposed>
inline __device__ registers<unsigned, Count> load_matrices(unsigned address) {
    using half_word = const unsigned short __attribute__((may_alias));
    using whole_word = const unsigned __attribute__((may_alias));
    const unsigned lane = __lane_id() & 31u;
    registers<unsigned, Count> result;
#pragma unroll
    for (int matrix = 0; matrix < Count; ++matrix) {
        if (IsTransposed) {
            const unsigned first = shfl_sync(0xffffffffu, address, 8 * matrix + 2 * (lane % 4u)) + lane / 4u * 2u;
            const unsigned second = shfl_sync(0xffffffffu, address, 8 * matrix + 2 * (lane % 4u) + 1) + lane / 4u * 2u;
            result.at[matrix] = *shared_pointer<half_word>(first) | (unsigned)*shared_pointer<half_word>(second) << 16;
        } else {
            const unsigned row = shfl_sync(0xffffffffu, address, 8 * matrix + lane / 4u);
            result.at[matrix] = *shared_pointer<whole_word>(row + lane % 4u * 4u);
        }
    }
    return result;
}
