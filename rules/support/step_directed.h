/// The exact result rounded down (`direction` -1), toward zero (0) or up (1). `near` is the number that is nearest to it, and
/// `sign` is the sign of the exact result minus `near`.
inline __device__ double step_directed(double near, int sign, int direction) {
    unsigned long long bits;
    __builtin_memcpy(&bits, &near, sizeof(bits));
    const bool is_negative = bits >> 63;
    // Toward zero is down for positive numbers and up for negative ones.
    const bool down = direction < 0 || (direction == 0 && !is_negative);
    if (sign == 0 || (sign < 0) != down) return near;
    if (near == 0.0) {
        if (direction == 0) return near;
        bits = down ? 0x8000000000000001ull : 1ull;
    } else {
        bits = is_negative == down ? bits + 1 : bits - 1;
    }
    __builtin_memcpy(&near, &bits, sizeof(bits));
    return near;
}
