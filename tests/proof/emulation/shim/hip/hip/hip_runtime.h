// HIP's warp functions, with the same lane indices as in amd_warp_functions.h. OLD_SHUFFLE selects the functions of HIP 5.2.
#pragma once

#include "../../lanes.h"

inline int warpSize = 64;

inline unsigned __lane_id() { return lanes::lane_number(); }

/// `ds_bpermute`: reads from the lane at the byte address, modulo the wave.
template <typename T> T shim_permute(const lanes::Round &round, int index) {
    return lanes::unpack<T>(round.of(static_cast<unsigned>(index) % lanes::width));
}

#define SHUFFLES(T)                                                                                      \
    __attribute__((noinline)) inline T __shfl(T value, int lane, int width = warpSize) {                 \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        const int self = lanes::lane_number();                                                           \
        return shim_permute<T>(round, SHUFFLED_LANE(lane, width) + (self & ~(width - 1)));               \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_up(T value, unsigned delta, int width = warpSize) {        \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        const int self = lanes::lane_number(), index = self - static_cast<int>(delta);                   \
        return shim_permute<T>(round, index < (self & ~(width - 1)) ? self : index);                     \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_down(T value, unsigned delta, int width = warpSize) {      \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        const int self = lanes::lane_number(), index = self + static_cast<int>(delta);                   \
        return shim_permute<T>(round, static_cast<int>((self & (width - 1)) + delta) >= width ? self : index); \
    }                                                                                                    \
    __attribute__((noinline)) inline T __shfl_xor(T value, int pattern, int width = warpSize) {          \
        const auto round = lanes::meet_here(lanes::pack(value));                                         \
        const int self = lanes::lane_number(), index = self ^ pattern;                                   \
        return shim_permute<T>(round, index >= ((self + width) & ~(width - 1)) ? self : index);          \
    }
#ifdef OLD_SHUFFLE
#define SHUFFLED_LANE(lane, width) (lane)
#else
#define SHUFFLED_LANE(lane, width) ((lane) & ((width) - 1))
#endif
SHUFFLES(int)
SHUFFLES(unsigned)
SHUFFLES(long)
SHUFFLES(unsigned long)
SHUFFLES(long long)
SHUFFLES(unsigned long long)
SHUFFLES(float)
SHUFFLES(double)
#undef SHUFFLES
#undef SHUFFLED_LANE

__attribute__((noinline)) inline unsigned long long __ballot(int predicate) {
    const auto round = lanes::meet_here(predicate != 0);
    unsigned long long found = 0;
    for (unsigned lane = 0; lane < 64; ++lane)
        if (round.present >> lane & 1 && round.values[lane]) found |= 1ull << lane;
    return found;
}
#define __builtin_amdgcn_fence(order, scope) ((void)0)
#define __builtin_amdgcn_wave_barrier() ((void)lanes::meet_here(0))
// The lanes of a wave sleep together, so a loop that waits for a lane of the same wave does not end.
#define __builtin_amdgcn_s_sleep(length) (lanes::poll(), (void)lanes::meet_here(0))
// A lane runs until it waits, so no other lane runs during an atomic operation.
#define __HIP_MEMORY_SCOPE_WORKGROUP 3
#define __hip_atomic_load(at, order, scope) (*(at))
#define __hip_atomic_store(at, value, order, scope) ((void)(*(at) = (value)))
#define __hip_atomic_fetch_add(at, value, order, scope) atomicAdd(at, value)
