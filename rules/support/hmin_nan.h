/// The smaller of two half-precision or bfloat16 numbers, or NaN if one of them is NaN.
template <typename Type>
inline __device__ Type hmin_nan(Type a, Type b) {
    if (__hisnan(a) || __hisnan(b)) return __hadd(a, b);
    if (!__heq(a, b)) return __hlt(a, b) ? a : b;
    // Equal numbers have the same bits except the two zeros, where the result is -0.
    unsigned short x, y;
    __builtin_memcpy(&x, &a, 2);
    __builtin_memcpy(&y, &b, 2);
    x = static_cast<unsigned short>(x | y);
    __builtin_memcpy(&a, &x, 2);
    return a;
}
