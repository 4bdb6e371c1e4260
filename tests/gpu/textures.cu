// Makes the textures that the text in the file of the first argument describes, with the texture units of the GPU, and prints the
// text with the results of its fetches. The driver of the software textures writes that text. Surfaces are checked here.
#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"

/// One line `fetch` or `gather`: the place, and the channel of a gather.
struct Place {
    float x, y, z;
    int channel;
    bool is_gather;
};

struct Texture {
    std::string line, shape, kind, hex, letter;
    int w, h, d, bits, channels, filter, scaled, normalized, modes[3];
    int bytes() const { return bits / 8 * channels; }
};

enum Shape { Linear, Pitch, One, Two, Three, OneLayered, TwoLayered, Cube };

template <typename T, typename Four>
__global__ void fetch(cudaTextureObject_t texture, Shape shape, const Place *places, int count, T *out, Four *gathered)
{
    const int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count) return;
    const Place p = places[at];
    const int layer = static_cast<int>(p.z);
    if (p.is_gather) {
        gathered[at] = tex2Dgather<Four>(texture, p.x, p.y, p.channel);
        return;
    }
    switch (shape) {
    case Linear: out[at] = tex1Dfetch<T>(texture, static_cast<int>(p.x)); break;
    case One: out[at] = tex1D<T>(texture, p.x); break;
    case Pitch:
    case Two: out[at] = tex2D<T>(texture, p.x, p.y); break;
    case Three: out[at] = tex3D<T>(texture, p.x, p.y, p.z); break;
    case OneLayered: out[at] = tex1DLayered<T>(texture, p.x, layer); break;
    case TwoLayered: out[at] = tex2DLayered<T>(texture, p.x, p.y, layer); break;
    case Cube: out[at] = texCubemap<T>(texture, p.x, p.y, p.z); break;
    }
}

/// Prints the channels of `count` results, which have the type E.
template <typename E> static void print(const void *from, size_t bytes)
{
    std::vector<E> channels(bytes / sizeof(E));
    std::memcpy(channels.data(), from, bytes);
    for (const E channel : channels) std::printf(" %a", static_cast<double>(channel));
    std::printf("\n");
}

template <typename E, typename T, typename Four>
static void fetch_all(cudaTextureObject_t texture, Shape shape, const std::vector<Place> &places)
{
    Place *gpu_places;
    T *gpu_out;
    Four *gpu_gathered;
    const int count = static_cast<int>(places.size());
    CHECK(cudaMalloc(&gpu_places, count * sizeof(Place)));
    CHECK(cudaMalloc(&gpu_out, count * sizeof(T)));
    CHECK(cudaMalloc(&gpu_gathered, count * sizeof(Four)));
    CHECK(cudaMemcpy(gpu_places, places.data(), count * sizeof(Place), cudaMemcpyHostToDevice));
    fetch<<<(count + 63) / 64, 64>>>(texture, shape, gpu_places, count, gpu_out, gpu_gathered);
    CHECK(cudaGetLastError());
    std::vector<T> out(count);
    std::vector<Four> gathered(count);
    CHECK(cudaMemcpy(out.data(), gpu_out, count * sizeof(T), cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpy(gathered.data(), gpu_gathered, count * sizeof(Four), cudaMemcpyDeviceToHost));
    for (int at = 0; at < count; ++at) {
        const Place &p = places[at];
        if (p.is_gather) {
            std::printf("gather %a %a %d", p.x, p.y, p.channel);
            print<E>(&gathered[at], sizeof(Four));
        } else {
            std::printf("fetch %a %a %a", p.x, p.y, p.z);
            print<E>(&out[at], sizeof(T));
        }
    }
    CHECK(cudaFree(gpu_places));
    CHECK(cudaFree(gpu_out));
    CHECK(cudaFree(gpu_gathered));
}

static Shape shape_of(const std::string &name)
{
    const char *names[] = {"linear", "pitch", "1d", "2d", "3d", "1dlayered", "2dlayered", "cube"};
    for (int at = 0; at < 8; ++at)
        if (name == names[at]) return static_cast<Shape>(at);
    std::exit(3);
}

/// Makes the texture, and prints the results of all places; each has `count` channels.
static void replay(const Texture &t, const std::vector<Place> &places, int count)
{
    std::vector<unsigned char> bytes(t.hex.size() / 2);
    for (size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<unsigned char>(std::stoi(t.hex.substr(2 * at, 2), nullptr, 16));
    const Shape shape = shape_of(t.shape);
    const int b = t.bits, c = t.channels;
    const cudaChannelFormatDesc desc = {b, c > 1 ? b : 0, c > 2 ? b : 0, c > 2 ? b : 0,
                                        t.kind == "s" ? cudaChannelFormatKindSigned
                                        : t.kind == "u" ? cudaChannelFormatKindUnsigned : cudaChannelFormatKindFloat};
    cudaResourceDesc resource = {};
    cudaArray_t array = nullptr;
    void *memory = nullptr;
    const size_t row = size_t(t.w) * t.bytes();
    if (shape == Linear) {
        CHECK(cudaMalloc(&memory, bytes.size()));
        CHECK(cudaMemcpy(memory, bytes.data(), bytes.size(), cudaMemcpyHostToDevice));
        resource.resType = cudaResourceTypeLinear;
        resource.res.linear = {memory, desc, bytes.size()};
    } else if (shape == Pitch) {
        size_t pitch = 0;
        CHECK(cudaMallocPitch(&memory, &pitch, row, t.h));
        CHECK(cudaMemcpy2D(memory, pitch, bytes.data(), row, row, t.h, cudaMemcpyHostToDevice));
        resource.resType = cudaResourceTypePitch2D;
        resource.res.pitch2D = {memory, desc, size_t(t.w), size_t(t.h), pitch};
    } else {
        const bool is_layered = shape == OneLayered || shape == TwoLayered;
        const unsigned flags = is_layered ? cudaArrayLayered : shape == Cube ? cudaArrayCubemap : shape == Two ? cudaArrayTextureGather : 0;
        const bool has_rows = shape != One && shape != OneLayered, has_depth = shape != One && shape != Two;
        CHECK(cudaMalloc3DArray(&array, &desc, make_cudaExtent(t.w, has_rows ? t.h : 0, has_depth ? t.d : 0), flags));
        cudaMemcpy3DParms copy = {};
        copy.srcPtr = make_cudaPitchedPtr(bytes.data(), row, t.w, t.h);
        copy.dstArray = array;
        copy.extent = make_cudaExtent(t.w, t.h, t.d);
        copy.kind = cudaMemcpyHostToDevice;
        CHECK(cudaMemcpy3D(&copy));
        resource.resType = cudaResourceTypeArray;
        resource.res.array.array = array;
    }
    cudaTextureDesc texture = {};
    for (int at = 0; at < 3; ++at) texture.addressMode[at] = static_cast<cudaTextureAddressMode>(t.modes[at]);
    texture.filterMode = static_cast<cudaTextureFilterMode>(t.filter);
    texture.readMode = static_cast<cudaTextureReadMode>(t.scaled);
    texture.normalizedCoords = t.normalized;
    const float border[] = {0.35f, -3.0f, 7.5f, 1.0f};
    std::memcpy(texture.borderColor, border, sizeof(border));
    cudaTextureObject_t object = 0;
    std::printf("%s\n", t.line.c_str());
    const cudaError_t made = cudaCreateTextureObject(&object, &resource, &texture, nullptr);
    if (made != cudaSuccess) {
        std::printf("refused %s\n", cudaGetErrorName(made));
        (void)cudaGetLastError();
    } else {
        const bool is_float = t.kind == "f" || (t.scaled && t.bits < 32);
        if (is_float && count == 1) fetch_all<float, float, float4>(object, shape, places);
        else if (is_float && count == 2) fetch_all<float, float2, float4>(object, shape, places);
        else if (is_float) fetch_all<float, float4, float4>(object, shape, places);
        else if (t.kind == "u" && t.bits == 8) fetch_all<unsigned char, unsigned char, uchar4>(object, shape, places);
        else if (t.bits == 8) fetch_all<signed char, char2, char4>(object, shape, places);
        else if (t.bits == 16) fetch_all<short, short2, short4>(object, shape, places);
        else if (t.kind == "u") fetch_all<unsigned, unsigned, uint4>(object, shape, places);
        else fetch_all<int, int4, int4>(object, shape, places);
        CHECK(cudaDestroyTextureObject(object));
    }
    if (array) CHECK(cudaFreeArray(array));
    if (memory) CHECK(cudaFree(memory));
}

__global__ void access(cudaSurfaceObject_t surface, int2 *out)
{
    surf2Dwrite(int2{7, 8}, surface, 8, 2);
    surf2Dwrite(int2{1, 2}, surface, 32, 0, cudaBoundaryModeZero);
    surf2Dwrite(int2{3, 4}, surface, 400, -3, cudaBoundaryModeClamp);
    out[0] = surf2Dread<int2>(surface, 8, 2);
    out[1] = surf2Dread<int2>(surface, 0, 3, cudaBoundaryModeZero);
    out[2] = surf2Dread<int2>(surface, 400, -3, cudaBoundaryModeClamp);
    out[3] = surf2Dread<int2>(surface, -8, 1, cudaBoundaryModeClamp);
}

/// The accesses through a surface that the driver of the software textures checks.
static void surfaces()
{
    const cudaChannelFormatDesc desc = {32, 32, 0, 0, cudaChannelFormatKindSigned};
    cudaArray_t array;
    CHECK(cudaMallocArray(&array, &desc, 4, 3, cudaArraySurfaceLoadStore));
    int host[24], back[24];
    for (int at = 0; at < 24; ++at) host[at] = 100 + at;
    CHECK(cudaMemcpy2DToArray(array, 0, 0, host, 32, 32, 3, cudaMemcpyHostToDevice));
    cudaResourceDesc resource = {};
    resource.resType = cudaResourceTypeArray;
    resource.res.array.array = array;
    cudaSurfaceObject_t surface;
    CHECK(cudaCreateSurfaceObject(&surface, &resource));
    int2 *gpu, found[4];
    CHECK(cudaMalloc(&gpu, sizeof(found)));
    access<<<1, 1>>>(surface, gpu);
    CHECK(cudaMemcpy(found, gpu, sizeof(found), cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpy2DFromArray(back, 32, array, 0, 0, 32, 3, cudaMemcpyDeviceToHost));
    host[18] = 7, host[19] = 8, host[6] = 3, host[7] = 4;
    std::printf("surface writes %s\n", std::memcmp(back, host, sizeof(host)) == 0 ? "agree" : "differ");
    for (int at = 0; at < 24; ++at)
        if (back[at] != host[at]) std::printf("surface word %d is %d, expected %d\n", at, back[at], host[at]);
    const int2 expected[] = {{7, 8}, {0, 0}, {3, 4}, {108, 109}};
    for (int at = 0; at < 4; ++at)
        std::printf("surface read %d: %d %d, expected %d %d\n", at, found[at].x, found[at].y, expected[at].x, expected[at].y);
}

int main(int, char **arguments)
{
    std::FILE *file = std::fopen(arguments[1], "rb");
    if (!file) return 2;
    std::string text;
    char part[65536];
    for (size_t got; (got = std::fread(part, 1, sizeof(part), file)) > 0;) text.append(part, got);
    std::istringstream lines(text);
    Texture texture;
    std::vector<Place> places;
    int count = 0;
    const auto finish = [&] {
        if (!places.empty()) replay(texture, places, count);
        places.clear();
        count = 0;
    };
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first, number;
        words >> first;
        if (first == "texture") {
            finish();
            texture.line = line;
            words >> texture.shape >> texture.w >> texture.h >> texture.d >> texture.kind >> texture.bits >> texture.channels >>
                texture.filter >> texture.scaled >> texture.normalized >> texture.modes[0] >> texture.modes[1] >> texture.modes[2] >>
                texture.letter >> texture.hex;
            continue;
        }
        Place place = {};
        float *coordinates[] = {&place.x, &place.y, &place.z};
        place.is_gather = first == "gather";
        for (int at = 0; at < (place.is_gather ? 2 : 3); ++at) {
            words >> number;
            *coordinates[at] = std::strtof(number.c_str(), nullptr);
        }
        if (place.is_gather) words >> place.channel;
        int channels = 0;
        while (words >> number) ++channels;
        if (!place.is_gather) count = channels;
        places.push_back(place);
    }
    finish();
    surfaces();
}
