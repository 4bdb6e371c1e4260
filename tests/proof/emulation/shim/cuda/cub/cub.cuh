// CUB for warps of 32 lanes: its classes, and its functions for lanes (util_ptx.cuh).
#pragma once

#include "../cuda_runtime.h"

#define CUB_PTX_WARP_THREADS 32
#define CUB_PTX_LOG_WARP_THREADS 5
#define CUB_WARP_THREADS(arch) 32

namespace cub {

#define SHIM_WIDTH 32
#include "../../classes.h"
#undef SHIM_WIDTH

inline unsigned LaneId() { return lanes::lane_number(); }
inline unsigned WarpId() { return lanes::current->number / 32; }
inline unsigned LaneMaskLt() { return (1u << LaneId()) - 1; }
inline unsigned LaneMaskLe() { return LaneMaskLt() | 1u << LaneId(); }
inline unsigned LaneMaskGt() { return ~LaneMaskLe(); }
inline unsigned LaneMaskGe() { return ~LaneMaskLt(); }
template <int Width> unsigned WarpMask(unsigned warp) {
    return Width == 32 ? 0xffffffffu : ((1u << Width) - 1) << ((Width & (Width - 1)) == 0 ? warp * Width : 0);
}
inline void WARP_SYNC(unsigned mask) { __syncwarp(mask); }
inline int WARP_ANY(int predicate, unsigned mask) { return __any_sync(mask, predicate); }
inline int WARP_ALL(int predicate, unsigned mask) { return __all_sync(mask, predicate); }
inline int WARP_BALLOT(int predicate, unsigned mask) { return __ballot_sync(mask, predicate); }

} // namespace cub
