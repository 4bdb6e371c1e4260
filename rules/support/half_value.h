/// The value of a half with these bits.
inline __device__ float half_value(unsigned bits) {
    const unsigned exponent = bits >> 10 & 31u, fraction = bits & 1023u;
    if (exponent == 0u) return (bits & 0x8000u ? -5.9604644775390625e-8f : 5.9604644775390625e-8f) * static_cast<float>(fraction);
    const unsigned word = (bits & 0x8000u) << 16 | (exponent == 31u ? 255u : exponent + 112u) << 23 | fraction << 13;
    float value;
    __builtin_memcpy(&value, &word, sizeof(value));
    return value;
}
