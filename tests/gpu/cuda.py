"""Writes the programs that run functions on a GPU: CUDA C++ text, its input, and its output as numbers."""

import struct

# For each function the program reads the numbers and the memory of all threads, runs the kernel, and prints a line for each thread.
THREADS = """
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define CHECK(call)                                                                            \\
    do {                                                                                       \\
        const cudaError_t found_ = (call);                                                     \\
        if (found_ != cudaSuccess) {                                                           \\
            std::fprintf(stderr, "%s: %s\\n", #call, cudaGetErrorString(found_));               \\
            std::exit(1);                                                                      \\
        }                                                                                      \\
    } while (0)

typedef unsigned long long Number;
template <typename T> __device__ T of(Number bits) { T value; memcpy(&value, &bits, sizeof value); return value; }
template <typename T> __device__ Number bits(T value) { Number found = 0; memcpy(&found, &value, sizeof value); return found; }
/// An address that any pointer can be made of.
struct Address {
    unsigned char *at;
    template <typename T> __device__ operator T *() const { return reinterpret_cast<T *>(at); }
};
struct Function {
    const char *name;
    void (*kernel)(const Number *, unsigned char *, Number *);
    int threads, ins, outs, bytes; // of each thread
};

static void run(const Function &function, int block, std::FILE *file) {
    const int threads = function.threads;
    if (threads == 0) return;
    std::vector<Number> in(threads * function.ins + 1), out(threads * function.outs + 1);
    std::vector<unsigned char> memory(threads * function.bytes + 1);
    const size_t read = std::fread(in.data(), 8, threads * function.ins, file) + std::fread(memory.data(), 1, threads * function.bytes, file);
    if (read != size_t(threads) * (function.ins + function.bytes)) std::exit(2);
    Number *gpu_in, *gpu_out;
    unsigned char *gpu_memory;
    CHECK(cudaMalloc(&gpu_in, in.size() * 8));
    CHECK(cudaMalloc(&gpu_out, out.size() * 8));
    CHECK(cudaMalloc(&gpu_memory, memory.size()));
    CHECK(cudaMemcpy(gpu_in, in.data(), in.size() * 8, cudaMemcpyHostToDevice));
    CHECK(cudaMemset(gpu_out, 0, out.size() * 8));
    CHECK(cudaMemcpy(gpu_memory, memory.data(), memory.size(), cudaMemcpyHostToDevice));
    // The input is filled up to whole blocks by `generate`.
    function.kernel<<<threads / block, block>>>(gpu_in, gpu_memory, gpu_out);
    CHECK(cudaGetLastError());
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpy(out.data(), gpu_out, out.size() * 8, cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpy(memory.data(), gpu_memory, memory.size(), cudaMemcpyDeviceToHost));
    for (int at = 0; at < threads; ++at) {
        std::printf("%s", function.name);
        for (int k = 0; k < function.outs; ++k) std::printf(" %llx", out[at * function.outs + k]);
        for (int k = 0; k < function.bytes; ++k) std::printf(" %x", memory[at * function.bytes + k]);
        std::printf("\\n");
    }
    CHECK(cudaFree(gpu_in));
    CHECK(cudaFree(gpu_out));
    CHECK(cudaFree(gpu_memory));
}
"""
BLOCK = 128


def padded(cases):
    """The cases with copies of the last one up to whole blocks."""
    return cases + cases[-1:] * (-len(cases) % BLOCK)


def threads_program(text, functions, types):
    """A program for functions of one thread or one warp. `functions` has for each name its parameters and the cases of the threads,
    each with its values and its memory or None. Returns the text and the bytes of the input."""
    lines, table, data = [text, THREADS], [], bytearray()
    for name, (parameters, cases) in functions.items():
        inputs = [p for p in parameters if not p[3]]
        outputs = [p for p in parameters if p[2]]
        size = len(cases[0][1]) if cases and any(p[3] for p in parameters) else 0
        body = ["const int at = blockIdx.x * blockDim.x + threadIdx.x;"]
        body += [f"{types(p[1])} {p[0]} = of<{types(p[1])}>(in[at * {len(inputs)} + {k}]);" for k, p in enumerate(inputs)]
        arguments = ", ".join(f"Address{{memory + at * {size}}}" if p[3] else p[0] for p in parameters)
        body.append(f"{name}({arguments});")
        body += [f"out[at * {len(outputs)} + {k}] = bits({p[0]});" for k, p in enumerate(outputs)]
        lines.append(f"__global__ void run_{name}(const Number *in, unsigned char *memory, Number *out)\n{{\n    " + "\n    ".join(body) + "\n}")
        cases = padded(cases)
        table.append(f'    {{"{name}", run_{name}, {len(cases)}, {len(inputs)}, {len(outputs)}, {size}}},')
        for values, *_ in cases:
            data += struct.pack(f"<{len(inputs)}Q", *(values.get(p[0], 0) for p in inputs))
        if size:
            for _, memory, *_ in cases:
                data += memory
    lines += ["static const Function FUNCTIONS[] = {", *table, "};", "int main(int, char **arguments)", "{",
              '    std::FILE *file = std::fopen(arguments[1], "rb");', "    if (!file) return 2;",
              f"    for (const Function &function : FUNCTIONS) run(function, {BLOCK}, file);", "}", ""]
    return "\n".join(lines), bytes(data)


def as_cuda(text):
    """A driver in the words of HIP in the words of CUDA."""
    return text.replace("__hip_bfloat16", "__nv_bfloat16").replace("hip/hip_runtime.h", "cuda_runtime.h").replace("hip", "cuda")
