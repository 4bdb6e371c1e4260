// Ends the program with a message if a call of the CUDA runtime fails.
#pragma once
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>

#define CHECK(call)                                                                            \
    do {                                                                                       \
        const cudaError_t found_ = (call);                                                     \
        if (found_ != cudaSuccess) {                                                           \
            std::fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(found_));               \
            std::exit(1);                                                                      \
        }                                                                                      \
    } while (0)
