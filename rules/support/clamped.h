/// Limits `value` to the range of type `Part`.
template <typename Part>
inline __device__ int clamped(int value) {
    const int lowest = Part(-1) < Part(0) ? -(1 << (8 * sizeof(Part) - 1)) : 0;
    const int highest = lowest + (1 << (8 * sizeof(Part))) - 1;
    return value < lowest ? lowest : value > highest ? highest : value;
}
