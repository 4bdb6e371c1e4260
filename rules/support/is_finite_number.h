/// Whether a number is neither infinite nor no number.
inline __device__ bool is_finite_number(double value) {
    unsigned long long bits;
    __builtin_memcpy(&bits, &value, sizeof(bits));
    return (bits >> 52 & 0x7ffu) != 0x7ffu;
}
