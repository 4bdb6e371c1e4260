// PyTorch's warp functions for CUDA.
#pragma once

#include "../../cuda_runtime.h"

inline unsigned ACTIVE_MASK() { return __activemask(); }
inline void WARP_SYNC(unsigned mask = 0xffffffff) { __syncwarp(mask); }
inline unsigned WARP_BALLOT(int predicate, unsigned mask = 0xffffffff) { return __ballot_sync(mask, predicate); }
#define SHUFFLE(name, function, Operand)                                                                 \
    template <typename T> T name(T value, Operand by, int width = warpSize, unsigned mask = 0xffffffff) { \
        return function(mask, value, by, width);                                                         \
    }
SHUFFLE(WARP_SHFL, __shfl_sync, int)
SHUFFLE(WARP_SHFL_XOR, __shfl_xor_sync, int)
SHUFFLE(WARP_SHFL_UP, __shfl_up_sync, unsigned)
SHUFFLE(WARP_SHFL_DOWN, __shfl_down_sync, unsigned)
#undef SHUFFLE
