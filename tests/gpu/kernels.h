// Runs the kernels of one fixture on the GPU with blocks of many shapes and prints their results: the driver of the emulation
// tier, with launches of CUDA. The fixture is included before this file.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "check.h"

static const dim3 SHAPES[] = {{32}, {48}, {64}, {96}, {256}, {16, 6}, {8, 5}};

/// The inputs, which are those of the emulation tier.
struct Inputs {
    std::uint64_t state;
    std::uint64_t operator()()
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state ^ state >> 29;
    }
};

template <typename In, typename Out> void drive(const char *name, void (*kernel)(const In *, Out *))
{
    for (const dim3 block : SHAPES) {
        const unsigned threads = 2 * block.x * block.y;
        std::vector<In> in(threads);
        std::vector<Out> out(threads);
        Inputs input{threads};
        for (In &one : in) one = static_cast<In>(static_cast<int>(input() >> 20) % 18 + 6);
        In *gpu_in;
        Out *gpu_out;
        CHECK(cudaMalloc(&gpu_in, threads * sizeof(In)));
        CHECK(cudaMalloc(&gpu_out, threads * sizeof(Out)));
        CHECK(cudaMemcpy(gpu_in, in.data(), threads * sizeof(In), cudaMemcpyHostToDevice));
        CHECK(cudaMemset(gpu_out, 0, threads * sizeof(Out)));
        kernel<<<2, block>>>(gpu_in, gpu_out);
        CHECK(cudaGetLastError());
        CHECK(cudaMemcpy(static_cast<void *>(out.data()), gpu_out, threads * sizeof(Out), cudaMemcpyDeviceToHost));
        for (unsigned at = 0; at < threads; ++at) {
            unsigned long long bits = 0;
            std::memcpy(&bits, &out[at], sizeof(Out));
            std::printf("%s %ux%u %u %016llx\n", name, block.x, block.y, at, bits);
        }
        CHECK(cudaFree(gpu_in));
        CHECK(cudaFree(gpu_out));
    }
}
