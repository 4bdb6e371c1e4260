// The width of a warp in PyTorch for CUDA.
#pragma once
#define C10_WARP_SIZE 32
