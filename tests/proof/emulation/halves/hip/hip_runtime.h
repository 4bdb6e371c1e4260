// What the support header needs of the runtime.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#define __device__
#define __host__

/// The sum of two numbers. If it is not exact, its last bit is 1, so a second rounding to fewer bits is the only one.
inline double odd_sum(double a, double b) {
    const double sum = a + b, part = sum - a, error = (a - (sum - part)) + (b - part);
    if (sum - sum != 0.0 || error == 0.0) return sum;
    std::uint64_t bits;
    std::memcpy(&bits, &sum, 8);
    bits = (bits - ((error < 0.0) == (sum > 0.0))) | 1u;
    double odd;
    std::memcpy(&odd, &bits, 8);
    return odd;
}
