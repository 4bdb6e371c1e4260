//! needs: shfl_sync
/// The part of a matrix of 8 rows with 8 elements of 16 bits, transposed. Lane 4r+t has the elements 2t and 2t+1 of row r.
inline __device__ unsigned transposed_matrix(unsigned part) {
    const unsigned lane = __lane_id() & 31u, shift = lane / 4u % 2u * 16u;
    const unsigned first = shfl_sync(0xffffffffu, part, 8 * (lane % 4u) + lane / 8u);
    const unsigned second = shfl_sync(0xffffffffu, part, 8 * (lane % 4u) + 4 + lane / 8u);
    return (first >> shift & 0xffffu) | second >> shift << 16;
}
