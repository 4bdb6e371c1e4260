// Calls every function of the fixture of half precision on the GPU with the operands of the file of the first argument, and prints
// the bits of the results: the driver of the emulation tier, as a kernel. The fixture is included before this file.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

template <typename T> __device__ T from_bits(unsigned long long bits)
{
    T value;
    memcpy(&value, &bits, sizeof(T));
    return value;
}

template <typename R, typename T>
__device__ unsigned long long called(R (*function)(T, T, T), const unsigned long long *given)
{
    const R result = function(from_bits<T>(given[0]), from_bits<T>(given[1]), from_bits<T>(given[2]));
    unsigned long long bits = 0;
    memcpy(&bits, &result, sizeof(R));
    return bits;
}

static std::vector<unsigned long long> operands(const char *path)
{
    std::vector<unsigned long long> all;
    std::FILE *file = std::fopen(path, "rb");
    if (!file) std::exit(2);
    for (unsigned long long one; std::fscanf(file, "%llx", &one) == 1;) all.push_back(one);
    return all;
}

static void run(const char *name, void (*kernel)(const unsigned long long *, unsigned long long *, int),
                const std::vector<unsigned long long> &in)
{
    const int count = static_cast<int>(in.size() / 3);
    unsigned long long *gpu_in, *gpu_out;
    std::vector<unsigned long long> out(count);
    cudaMalloc(&gpu_in, in.size() * 8);
    cudaMalloc(&gpu_out, count * 8);
    cudaMemcpy(gpu_in, in.data(), in.size() * 8, cudaMemcpyHostToDevice);
    kernel<<<(count + 127) / 128, 128>>>(gpu_in, gpu_out, count);
    if (cudaMemcpy(out.data(), gpu_out, count * 8, cudaMemcpyDeviceToHost) != cudaSuccess) std::exit(1);
    for (int at = 0; at < count; ++at)
        std::printf("%s %llx %llx %llx %llx\n", name, in[3 * at], in[3 * at + 1], in[3 * at + 2], out[at]);
    cudaFree(gpu_in);
    cudaFree(gpu_out);
}
