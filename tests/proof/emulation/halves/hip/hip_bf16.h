// bfloat16: the upper half of a `float`.
#pragma once
#include "hip_runtime.h"

struct __hip_bfloat16 {
    unsigned short bits;
};
struct __hip_bfloat162 {
    __hip_bfloat16 x, y;
};
inline float wide(__hip_bfloat16 a) {
    const unsigned bits = a.bits << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
inline __hip_bfloat16 __float2bfloat16(float a) {
    unsigned bits;
    std::memcpy(&bits, &a, 4);
    if (a != a) return {0x7fff};
    return {static_cast<unsigned short>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}
inline __hip_bfloat16 __hfma(__hip_bfloat16 a, __hip_bfloat16 b, __hip_bfloat16 c) {
    // The last bit of the `float` keeps whether it is exact, so the second rounding is the only one.
    const double sum = odd_sum(static_cast<double>(wide(a)) * wide(b), wide(c));
    float value = static_cast<float>(sum);
    if (sum - sum == 0.0 && static_cast<double>(value) != sum) {
        unsigned bits;
        std::memcpy(&bits, &value, 4);
        bits = (bits - (std::fabs(static_cast<double>(value)) > std::fabs(sum))) | 1u;
        std::memcpy(&value, &bits, 4);
    }
    return __float2bfloat16(value);
}
inline __hip_bfloat162 __hfma2(__hip_bfloat162 a, __hip_bfloat162 b, __hip_bfloat162 c) {
    return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)};
}
