// Half precision with the conversions of the compiler.
#pragma once
#include "hip_runtime.h"

struct __half {
    unsigned short bits;
};
struct __half2 {
    __half x, y;
};
inline float __half2float(__half a) {
    _Float16 value;
    std::memcpy(&value, &a, 2);
    return static_cast<float>(value);
}
inline __half __float2half(float a) {
    const _Float16 value = static_cast<_Float16>(a);
    __half result;
    std::memcpy(&result, &value, 2);
    return result;
}
inline __half2 __floats2half2_rn(float a, float b) { return {__float2half(a), __float2half(b)}; }
inline __half __hfma(__half a, __half b, __half c) {
    const double sum = odd_sum(static_cast<double>(__half2float(a)) * __half2float(b), __half2float(c));
    const _Float16 value = static_cast<_Float16>(sum);
    __half result;
    std::memcpy(&result, &value, 2);
    return result;
}
inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }
