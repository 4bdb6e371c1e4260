// The width of a warp in PyTorch for ROCm: that of the wave.
#pragma once
#define C10_WARP_SIZE warpSize
