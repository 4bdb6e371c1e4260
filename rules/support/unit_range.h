/// `value`, clamped to [0, 1]; 0 for what is no number.
inline __device__ float unit_range(float value) {
    return value >= 1.0f ? 1.0f : value > 0.0f ? value : 0.0f;
}
