//! include: hip/hip_fp16.h
/// The number rounded to nearest even. The first rounding, to `float`, keeps in its last bit whether it was exact.
inline __host__ __device__ __half double2half(double a) {
    float value = static_cast<float>(a);
    if (a - a == 0.0 && static_cast<double>(value) != a) {
        unsigned bits;
        __builtin_memcpy(&bits, &value, 4);
        const bool is_outside = value < 0.0f ? static_cast<double>(value) < a : static_cast<double>(value) > a;
        if (is_outside && (bits & 0x7fffffffu) != 0u) --bits;
        bits |= 1u;
        __builtin_memcpy(&value, &bits, 4);
    }
    return __float2half(value);
}
