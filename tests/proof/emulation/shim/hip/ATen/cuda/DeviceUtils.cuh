// PyTorch's warp functions for ROCm: they work on whole waves, and the mask is not used.
#pragma once

#include "../../hip/hip_runtime.h"

inline unsigned ACTIVE_MASK() { return 0xffffffff; }
inline void WARP_SYNC(unsigned = 0xffffffff) {}
inline unsigned long long WARP_BALLOT(int predicate) { return __ballot(predicate); }
#define SHUFFLE(name, function, Operand)                                                                 \
    template <typename T> T name(T value, Operand by, int width = warpSize, unsigned = 0xffffffff) {     \
        return function(value, by, width);                                                               \
    }
SHUFFLE(WARP_SHFL, __shfl, int)
SHUFFLE(WARP_SHFL_XOR, __shfl_xor, int)
SHUFFLE(WARP_SHFL_UP, __shfl_up, unsigned)
SHUFFLE(WARP_SHFL_DOWN, __shfl_down, unsigned)
#undef SHUFFLE
