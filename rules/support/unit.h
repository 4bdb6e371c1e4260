/// Brings `value` into the range from 0 to 1; what is no number becomes 0.
inline __device__ float unit(float value) {
    return value > 0.0f ? (value < 1.0f ? value : 1.0f) : 0.0f;
}
inline __device__ double unit(double value) {
    return value > 0.0 ? (value < 1.0 ? value : 1.0) : 0.0;
}
