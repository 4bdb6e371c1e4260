/// `fmaf` of each of the two single-precision numbers in `a`, `b` and `c`.
inline __device__ unsigned long long fma_float_pair(unsigned long long a, unsigned long long b, unsigned long long c) {
    const auto low = [](unsigned long long pair) { return __uint_as_float(static_cast<unsigned>(pair)); };
    const float first = fmaf(low(a), low(b), low(c)), second = fmaf(low(a >> 32), low(b >> 32), low(c >> 32));
    return static_cast<unsigned long long>(__float_as_uint(second)) << 32 | __float_as_uint(first);
}
