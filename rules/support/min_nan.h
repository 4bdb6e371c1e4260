/// The smaller one of two numbers, or not a number if one of them is none; -0 is smaller than +0.
inline __device__ float min_nan(float a, float b) {
    if (a != a || b != b) return __uint_as_float(0x7fffffffu);
    return a == b ? __uint_as_float(__float_as_uint(a) | __float_as_uint(b)) : a < b ? a : b;
}
