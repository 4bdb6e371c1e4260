// What converted device code needs of HIP, for the host's compiler: one thread.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

#define __device__
#define __host__
#define __global__

template <int N, typename T> struct Lanes;
struct uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) int4 { int x, y, z, w; };
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
struct short2 { short x, y; };
struct ushort2 { unsigned short x, y; };
struct char4 { signed char x, y, z, w; };
struct uchar4 { unsigned char x, y, z, w; };

template <typename To, typename From> inline To same_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "the same size");
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}
inline unsigned __float_as_uint(float x) { return same_bits<unsigned>(x); }
inline int __float_as_int(float x) { return same_bits<int>(x); }
inline float __uint_as_float(unsigned x) { return same_bits<float>(x); }
inline long long __double_as_longlong(double x) { return same_bits<long long>(x); }
inline double __longlong_as_double(long long x) { return same_bits<double>(x); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll(x) : 64; }
inline unsigned __brev(unsigned x) { return __builtin_bitreverse32(x); }
inline unsigned long long __brevll(unsigned long long x) { return __builtin_bitreverse64(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
inline int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned __int128)a * b >> 64; }
inline long long __mul64hi(long long a, long long b) { return (__int128)a * b >> 64; }
inline unsigned long long joined(unsigned lo, unsigned hi) { return (unsigned long long)hi << 32 | lo; }
inline unsigned __funnelshift_l(unsigned lo, unsigned hi, unsigned by) { return joined(lo, hi) << (by & 31) >> 32; }
inline unsigned __funnelshift_r(unsigned lo, unsigned hi, unsigned by) { return joined(lo, hi) >> (by & 31); }
inline unsigned __funnelshift_lc(unsigned lo, unsigned hi, unsigned by) { return by >= 32 ? lo : __funnelshift_l(lo, hi, by); }
inline unsigned __funnelshift_rc(unsigned lo, unsigned hi, unsigned by) { return by >= 32 ? hi : __funnelshift_r(lo, hi, by); }

#define __HIP_MEMORY_SCOPE_WORKGROUP 3
#define __HIP_MEMORY_SCOPE_AGENT 4
#define __HIP_MEMORY_SCOPE_SYSTEM 5
template <typename T> T replaced(T *p, T value) { T old = *p; *p = value; return old; }
#define __hip_atomic_load(p, order, scope) (*(p))
#define __hip_atomic_store(p, value, order, scope) ((void)(*(p) = (value)))
#define __hip_atomic_fetch_add(p, value, order, scope) replaced(p, decltype(*(p) + 0)(*(p) + (value)))
#define __hip_atomic_compare_exchange_strong(p, expected, value, order, failure, scope) \
    (*(p) == *(expected) ? (*(p) = (value), true) : (*(expected) = *(p), false))
template <typename T> T atomicAdd(T *p, T v) { return replaced(p, T(*p + v)); }
template <typename T> T atomicMin(T *p, T v) { return replaced(p, v < *p ? v : *p); }
template <typename T> T atomicMax(T *p, T v) { return replaced(p, *p < v ? v : *p); }
template <typename T> T atomicAnd(T *p, T v) { return replaced(p, T(*p & v)); }
template <typename T> T atomicOr(T *p, T v) { return replaced(p, T(*p | v)); }
template <typename T> T atomicXor(T *p, T v) { return replaced(p, T(*p ^ v)); }
template <typename T> T atomicExch(T *p, T v) { return replaced(p, v); }
template <typename T> T atomicCAS(T *p, T e, T v) { return replaced(p, *p == e ? v : *p); }
inline unsigned atomicInc(unsigned *p, unsigned v) { return replaced(p, *p >= v ? 0u : *p + 1u); }
inline unsigned atomicDec(unsigned *p, unsigned v) { return replaced(p, *p == 0u || *p > v ? v : *p - 1u); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
#define __builtin_amdgcn_fence(order, scope) ((void)0)
