// What operators on vectors need of CUDA, for the host's compiler: vectors without operators.
#pragma once
#define __device__
#define __host__
#define __global__
#define VECTORS(T, name)                                                                 \
    struct name##2 { T x, y; };                                                          \
    struct name##3 { T x, y, z; };                                                       \
    struct name##4 { T x, y, z, w; };                                                    \
    inline name##2 make_##name##2(T x, T y) { return {x, y}; }                           \
    inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }                   \
    inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
VECTORS(float, float)
VECTORS(double, double)
VECTORS(int, int)
VECTORS(unsigned, uint)
