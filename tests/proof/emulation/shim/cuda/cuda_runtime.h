// CUDA's warp functions, as the CUDA C++ Programming Guide describes them.
#pragma once

#include "../lanes.h"

constexpr int warpSize = 32;

namespace cuda_shim {

enum Function { SHUFFLE = 1, UP, DOWN, XOR, BALLOT, ANY, ALL, MATCH_ANY, MATCH_ALL, REDUCE, SYNC };

/// PTX `shfl`: the source lane of each mode within `width`. If it is out of range, the source is the lane itself.
inline unsigned source(int mode, int operand, int width) {
    const int lane = lanes::lane_number(), segment = lane & ~(width - 1), by = operand & 31;
    if (mode == SHUFFLE) return segment | (by & (width - 1));
    if (mode == UP) return lane - by >= segment ? lane - by : lane;
    if (mode == DOWN) return lane + by < segment + width ? lane + by : lane;
    return (lane ^ by) < segment + width ? lane ^ by : lane;
}

template <typename T> T shuffle(int mode, unsigned mask, T value, int operand, int width) {
    const auto round = lanes::meet_mask(mode, mask, lanes::pack(value));
    return lanes::unpack<T>(round.of(source(mode, operand, width)));
}

/// The lanes with a value for which `test` is true.
template <typename Test> unsigned lanes_where(const lanes::Round &round, Test test) {
    unsigned found = 0;
    for (unsigned lane = 0; lane < 32; ++lane)
        if (round.present >> lane & 1 && test(round.values[lane])) found |= 1u << lane;
    return found;
}

template <typename T, typename Op> T reduce(unsigned mask, T value, Op op) {
    const auto round = lanes::meet_mask(REDUCE, mask, lanes::pack(value));
    bool first = true;
    T result = value;
    for (unsigned lane = 0; lane < 32; ++lane) {
        if (!(round.present >> lane & 1)) continue;
        const T other = lanes::unpack<T>(round.values[lane]);
        result = first ? other : op(result, other);
        first = false;
    }
    return result;
}

} // namespace cuda_shim

#define SHUFFLES(T)                                                                                      \
    inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32) {                             \
        return cuda_shim::shuffle(cuda_shim::SHUFFLE, mask, value, lane, width);                         \
    }                                                                                                    \
    inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {                    \
        return cuda_shim::shuffle(cuda_shim::UP, mask, value, delta, width);                             \
    }                                                                                                    \
    inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {                  \
        return cuda_shim::shuffle(cuda_shim::DOWN, mask, value, delta, width);                           \
    }                                                                                                    \
    inline T __shfl_xor_sync(unsigned mask, T value, int pattern, int width = 32) {                      \
        return cuda_shim::shuffle(cuda_shim::XOR, mask, value, pattern, width);                          \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl(T value, int lane, int width = 32) {                       \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        return lanes::unpack<T>(round.of(cuda_shim::source(cuda_shim::SHUFFLE, lane, width)));           \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_up(T value, unsigned delta, int width = 32) {              \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        return lanes::unpack<T>(round.of(cuda_shim::source(cuda_shim::UP, delta, width)));               \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_down(T value, unsigned delta, int width = 32) {            \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        return lanes::unpack<T>(round.of(cuda_shim::source(cuda_shim::DOWN, delta, width)));             \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_xor(T value, int pattern, int width = 32) {                \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        return lanes::unpack<T>(round.of(cuda_shim::source(cuda_shim::XOR, pattern, width)));            \
    }
SHUFFLES(int)
SHUFFLES(unsigned)
SHUFFLES(long)
SHUFFLES(unsigned long)
SHUFFLES(long long)
SHUFFLES(unsigned long long)
SHUFFLES(float)
SHUFFLES(double)
SHUFFLES(__half)
SHUFFLES(__half2)

inline unsigned __ballot_sync(unsigned mask, int predicate) {
    const auto round = lanes::meet_mask(cuda_shim::BALLOT, mask, predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value != 0; });
}
inline int __any_sync(unsigned mask, int predicate) {
    const auto round = lanes::meet_mask(cuda_shim::ANY, mask, predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value != 0; }) != 0;
}
inline int __all_sync(unsigned mask, int predicate) {
    const auto round = lanes::meet_mask(cuda_shim::ALL, mask, predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value == 0; }) == 0;
}
__attribute__((noinline)) inline unsigned __ballot(int predicate) {
    const auto round = lanes::meet_here(predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value != 0; });
}
__attribute__((noinline)) inline int __any(int predicate) {
    const auto round = lanes::meet_here(predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value != 0; }) != 0;
}
__attribute__((noinline)) inline int __all(int predicate) {
    const auto round = lanes::meet_here(predicate != 0);
    return cuda_shim::lanes_where(round, [](std::uint64_t value) { return value == 0; }) == 0;
}
__attribute__((noinline)) inline unsigned __activemask() {
    return static_cast<unsigned>(lanes::meet_here(0).present);
}
inline void __syncwarp(unsigned mask = 0xffffffffu) { lanes::meet_mask(cuda_shim::SYNC, mask, 0); }
template <typename T> unsigned __match_any_sync(unsigned mask, T value) {
    const auto bits = lanes::pack(value);
    const auto round = lanes::meet_mask(cuda_shim::MATCH_ANY, mask, bits);
    return cuda_shim::lanes_where(round, [=](std::uint64_t other) { return other == bits; });
}
template <typename T> unsigned __match_all_sync(unsigned mask, T value, int *same) {
    const auto bits = lanes::pack(value);
    const auto round = lanes::meet_mask(cuda_shim::MATCH_ALL, mask, bits);
    *same = cuda_shim::lanes_where(round, [=](std::uint64_t other) { return other != bits; }) == 0;
    return *same ? static_cast<unsigned>(round.present) : 0;
}
#define REDUCE(T, name, expression)                                                                      \
    inline T __reduce_##name##_sync(unsigned mask, T value) {                                            \
        return cuda_shim::reduce(mask, value, [](T a, T b) { return expression; });                      \
    }
REDUCE(int, add, a + b)
REDUCE(unsigned, add, a + b)
REDUCE(int, min, a < b ? a : b)
REDUCE(unsigned, min, a < b ? a : b)
REDUCE(int, max, a > b ? a : b)
REDUCE(unsigned, max, a > b ? a : b)
REDUCE(unsigned, and, a &b)
REDUCE(unsigned, or, a | b)
REDUCE(unsigned, xor, a ^ b)
#undef SHUFFLES
#undef REDUCE
