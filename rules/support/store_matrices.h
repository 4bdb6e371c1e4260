//! needs: registers shared_pointer shfl_sync
/// Stores `Count` matrices of 8 rows with 8 elements of 16 bits, as `load_matrices` loads them.
template <int Count, bool IsTransposed>
inline __device__ void store_matrices(unsigned address, registers<unsigned, Count> parts) {
    using half_word = unsigned short __attribute__((may_alias));
    using whole_word = unsigned __attribute__((may_alias));
    const unsigned lane = __lane_id() & 31u;
#pragma unroll
    for (int matrix = 0; matrix < Count; ++matrix) {
        if (IsTransposed) {
            const unsigned first = shfl_sync(0xffffffffu, address, 8 * matrix + 2 * (lane % 4u)) + lane / 4u * 2u;
            const unsigned second = shfl_sync(0xffffffffu, address, 8 * matrix + 2 * (lane % 4u) + 1) + lane / 4u * 2u;
            *shared_pointer<half_word>(first) = (unsigned short)parts.at[matrix];
            *shared_pointer<half_word>(second) = (unsigned short)(parts.at[matrix] >> 16);
        } else {
            const unsigned row = shfl_sync(0xffffffffu, address, 8 * matrix + lane / 4u);
            *shared_pointer<whole_word>(row + lane % 4u * 4u) = parts.at[matrix];
        }
    }
}
