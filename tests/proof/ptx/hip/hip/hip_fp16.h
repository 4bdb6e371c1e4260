// Half-precision numbers for the host's compiler.
#pragma once
#include "hip_runtime.h"
struct __half { _Float16 value; };
struct __half2 { __half x, y; };
inline float __half2float(__half x) { return (float)x.value; }
inline __half __float2half_rn(float x) { return {(_Float16)x}; }
inline __half __float2half(float x) { return __float2half_rn(x); }
inline __half2 __floats2half2_rn(float low, float high) { return {__float2half_rn(low), __float2half_rn(high)}; }
inline __half __hadd(__half a, __half b) { return {(_Float16)((float)a.value + (float)b.value)}; }
inline __half __hsub(__half a, __half b) { return {(_Float16)((float)a.value - (float)b.value)}; }
inline __half __hmul(__half a, __half b) { return {(_Float16)((float)a.value * (float)b.value)}; }
// The product of two halves is exact in double, and so is the sum up to one rounding that cannot matter to a half.
inline __half __hfma(__half a, __half b, __half c) { return {(_Float16)((double)a.value * (double)b.value + (double)c.value)}; }
inline __half2 __hadd2(__half2 a, __half2 b) { return {__hadd(a.x, b.x), __hadd(a.y, b.y)}; }
inline __half2 __hsub2(__half2 a, __half2 b) { return {__hsub(a.x, b.x), __hsub(a.y, b.y)}; }
inline __half2 __hmul2(__half2 a, __half2 b) { return {__hmul(a.x, b.x), __hmul(a.y, b.y)}; }
inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }
inline bool __hisnan(__half a) { return a.value != a.value; }
inline bool __heq(__half a, __half b) { return a.value == b.value; }
inline bool __hlt(__half a, __half b) { return a.value < b.value; }
inline bool __hgt(__half a, __half b) { return a.value > b.value; }
inline __half2 __halves2half2(__half low, __half high) { return {low, high}; }
