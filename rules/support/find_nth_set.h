/// The place of the set bit of `mask` that is `count` set bits from bit `base` on, upwards for a positive count and
/// downwards for a negative one; bit `base` itself is the first. All ones where there is none.
inline __device__ unsigned find_nth_set(unsigned mask, unsigned base, int count) {
    if (count == 0) return mask >> (base & 31u) & 1u ? base & 31u : 0xffffffffu;
    const int step = count > 0 ? 1 : -1;
    unsigned left = count > 0 ? (unsigned)count : 0u - (unsigned)count;
    for (int at = (int)(base & 31u); at >= 0 && at < 32; at += step) {
        if ((mask >> at & 1u) && --left == 0u) return (unsigned)at;
    }
    return 0xffffffffu;
}
