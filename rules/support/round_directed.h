/// Rounds `sum` plus `rest` to single precision: down (`direction` -1), toward zero (0) or up (1). Only the sign of `rest`
/// counts, which is smaller than the last place of `sum`.
inline __device__ float round_directed(double sum, double rest, int direction) {
    const float near = static_cast<float>(sum);
    if (sum - sum != 0.0) return near;
    const double difference = sum - near;
    const double off = difference != 0.0 ? difference : rest;
    const unsigned bits = __float_as_uint(near);
    const bool is_negative = bits >> 31;
    // Toward zero is down for positive numbers and up for negative ones.
    const bool down = direction < 0 || (direction == 0 && !is_negative);
    if (off == 0.0 || off != off || (off < 0.0) != down) return near;
    if (near == 0.0f) return direction == 0 ? near : __uint_as_float(down ? 0x80000001u : 1u);
    return __uint_as_float(is_negative == down ? bits + 1u : bits - 1u);
}
