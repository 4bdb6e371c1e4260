// bfloat16 numbers for the host's compiler.
#pragma once
#include "hip_runtime.h"
struct __hip_bfloat16 { unsigned short bits; };
struct __hip_bfloat162 { __hip_bfloat16 x, y; };
inline float __bfloat162float(__hip_bfloat16 x) { return __uint_as_float((unsigned)x.bits << 16); }
inline __hip_bfloat16 __float2bfloat16(float x) {
    const unsigned bits = __float_as_uint(x);
    if (x != x) return {0x7fff};
    return {(unsigned short)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}
inline __hip_bfloat16 __hadd(__hip_bfloat16 a, __hip_bfloat16 b) { return __float2bfloat16(__bfloat162float(a) + __bfloat162float(b)); }
inline __hip_bfloat162 __hadd2(__hip_bfloat162 a, __hip_bfloat162 b) { return {__hadd(a.x, b.x), __hadd(a.y, b.y)}; }
inline bool __hisnan(__hip_bfloat16 a) { return __bfloat162float(a) != __bfloat162float(a); }
inline bool __heq(__hip_bfloat16 a, __hip_bfloat16 b) { return __bfloat162float(a) == __bfloat162float(b); }
inline bool __hlt(__hip_bfloat16 a, __hip_bfloat16 b) { return __bfloat162float(a) < __bfloat162float(b); }
inline bool __hgt(__hip_bfloat16 a, __hip_bfloat16 b) { return __bfloat162float(a) > __bfloat162float(b); }
inline __hip_bfloat162 __halves2bfloat162(__hip_bfloat16 low, __hip_bfloat16 high) { return {low, high}; }
