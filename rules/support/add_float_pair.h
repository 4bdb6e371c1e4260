//! needs: add_rn
/// `add_rn` of each of the two single-precision numbers in `a` and `b`.
inline __device__ unsigned long long add_float_pair(unsigned long long a, unsigned long long b) {
    const float low = add_rn(__uint_as_float(static_cast<unsigned>(a)), __uint_as_float(static_cast<unsigned>(b)));
    const float high =
        add_rn(__uint_as_float(static_cast<unsigned>(a >> 32)), __uint_as_float(static_cast<unsigned>(b >> 32)));
    return static_cast<unsigned long long>(__float_as_uint(high)) << 32 | __float_as_uint(low);
}
