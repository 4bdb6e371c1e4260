/// 0 in place of a negative number; what is no number stays.
inline __device__ float relu(float value) {
    return value > 0.0f || value != value ? value : 0.0f;
}
