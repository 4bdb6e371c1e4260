// hipCUB for whole waves: its classes, and its functions for lanes (backend/rocprim/util_ptx.hpp).
#pragma once

#include "../hip/hip_runtime.h"

#define HIPCUB_WARP_THREADS warpSize

namespace hipcub {

#define SHIM_WIDTH 0
#include "../../classes.h"
#undef SHIM_WIDTH

inline unsigned LaneId() { return lanes::lane_number(); }
inline unsigned WarpId() { return lanes::current->number / lanes::width; }
inline std::uint64_t LaneMaskLt() { return (std::uint64_t(1) << LaneId()) - 1; }
inline std::uint64_t LaneMaskLe() { return ((std::uint64_t(1) << LaneId()) << 1) - 1; }
inline std::uint64_t LaneMaskGt() { return ~LaneMaskLe(); }
inline std::uint64_t LaneMaskGe() { return ~LaneMaskLt(); }
inline int WARP_ANY(int predicate, std::uint64_t) { return __ballot(predicate) != 0; }
inline int WARP_ALL(int predicate, std::uint64_t) { return __ballot(!predicate) == 0; }
inline std::int64_t WARP_BALLOT(int predicate, std::uint64_t) { return __ballot(predicate); }

} // namespace hipcub
