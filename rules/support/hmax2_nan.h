//! needs: float_pair pair_values
/// The larger one of each two elements, or NaN if one of them is NaN; of the two zeros +0.
template <typename Type>
inline __device__ Type hmax2_nan(Type a, Type b) {
    const float_pair x = pair_values(a), y = pair_values(b);
    unsigned first, second;
    __builtin_memcpy(&first, &a, 4);
    __builtin_memcpy(&second, &b, 4);
    const float left[2] = {x.low, x.high}, right[2] = {y.low, y.high};
    unsigned bits = 0;
    for (int half = 0; half < 2; ++half) {
        const unsigned one = first >> 16 * half & 0xffffu, other = second >> 16 * half & 0xffffu;
        const float u = left[half], v = right[half];
        const unsigned chosen = u != u || v != v ? 0x7fffu : u == v ? one & other : u > v ? one : other;
        bits |= chosen << 16 * half;
    }
    __builtin_memcpy(&a, &bits, 4);
    return a;
}
