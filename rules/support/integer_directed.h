/// The integer as a number of type `To`, rounded down (`direction` -1), toward zero (0) or up (1).
template <typename To, typename From>
inline __device__ To integer_directed(From value, int direction) {
    const int digits = sizeof(To) == 4 ? 24 : 53;
    const bool is_negative = value < From(0);
    unsigned long long size = static_cast<unsigned long long>(value);
    size = is_negative ? 0ull - size : size;
    const int extra = size == 0 ? 0 : 64 - digits - __clzll(static_cast<long long>(size));
    if (extra <= 0) return static_cast<To>(value);
    const unsigned long long rest = size & ((1ull << extra) - 1);
    size >>= extra;
    if (rest != 0 && direction == (is_negative ? -1 : 1)) ++size;
    const To result = static_cast<To>(size) * static_cast<To>(1ull << extra);
    return is_negative ? -result : result;
}
