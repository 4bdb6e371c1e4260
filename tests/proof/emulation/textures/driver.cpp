// Makes textures of many forms with the support header, and prints each with its texels and the results of fetches.
//
// A line `texture` describes a texture and has the bytes of its texels. A line `fetch` has coordinates and results. All floats are
// hexadecimal. `reference.py` computes the results again. Copies and surfaces are checked here.
#include HEADER

#include <cstdint>
#include <cstdio>
#include <vector>

using namespace tranship;

static unsigned state = 12345;
static unsigned next() { return (state = state * 1664525u + 1013904223u) >> 8; }

static void check(bool holds, const char *what) {
    if (holds) return;
    std::printf("wrong: %s\n", what);
    std::exit(1);
}

/// A channel format and the type of the GPU that reads it.
struct Format {
    const char *kind;
    int bits, channels;
    hipChannelFormatDesc desc() const {
        const auto f = *kind == 's' ? hipChannelFormatKindSigned
                       : *kind == 'u' ? hipChannelFormatKindUnsigned : hipChannelFormatKindFloat;
        const int c = channels, b = bits;
        return {b, c > 1 ? b : 0, c > 2 ? b : 0, c > 2 ? b : 0, f};
    }
    int bytes() const { return bits / 8 * channels; }
};

static std::vector<unsigned char> texels(const Format &format, int count) {
    std::vector<unsigned char> bytes(count * format.bytes());
    for (auto &byte : bytes) byte = static_cast<unsigned char>(next() >> 3);
    // Floats are small: a random exponent would hide the sum of the others.
    if (*format.kind == 'f') {
        for (size_t at = 0; at < bytes.size(); at += format.bits / 8) {
            const float value = static_cast<float>(static_cast<int>(next() % 2001) - 1000) / 16.0f;
            // Halves: any sign, exponents 12 to 17, and some that are subnormal or zero.
            const unsigned short half = static_cast<unsigned short>(
                (next() & 0x8000) | (next() % 7 == 0 ? 0 : 12 + next() % 6) << 10 | (next() & 1023));
            if (format.bits == 32) std::memcpy(&bytes[at], &value, 4);
            else std::memcpy(&bytes[at], &half, 2);
        }
    }
    return bytes;
}

static const float PLACES[] = {-1e30f, -7.25f, -2.0f, -1.0f, -0.75f, -0.5f, -0.0009765625f, 0.0f, 0.25f, 0.5f, 0.62890625f,
                               0.75f, 1.0f, 1.25f, 1.5009765625f, 1.7509765625f, 2.0f, 2.9990234375f, 3.0f, 3.5f, 3.75f,
                               4.0f, 4.5f, 4.75f, 5.0f, 5.5f, 6.125f, 11.0f, 1e30f};
static const float FRACTIONS[] = {-3.0f, -1.0625f, -1.0f, -0.75f, -0.3125f, -0.0625f, 0.0f, 0.03125f, 0.0625f, 0.125f, 0.25f,
                                  0.40625f, 0.5f, 0.59375f, 0.75f, 0.875f, 0.96875f, 1.0f, 1.09375f, 1.25f, 1.5f, 1.9375f,
                                  2.0f, 2.25f, 3.0f, 5.875f};

template <typename T> static void print_texel(const T &texel) {
    using E = typename channel_type<T>::type;
    E channels[sizeof(T) / sizeof(E)];
    std::memcpy(channels, &texel, sizeof(T));
    for (const E &channel : channels) std::printf(" %a", static_cast<double>(channel));
    std::printf("\n");
}

enum Dims { Linear, Pitch, One, Two, Three, OneLayered, TwoLayered, Cube };
static const char *NAMES[] = {"linear", "pitch", "1d", "2d", "3d", "1dlayered", "2dlayered", "cube"};

struct Shape {
    Dims dims;
    int w, h, d;
};

/// Makes one texture and prints fetches from it as `T`.
template <typename T>
static void texture_case(const Format &format, Shape shape, int filter, int scaled, int normalized, const int modes[3]) {
    const int h = shape.h ? shape.h : 1, d = shape.d ? shape.d : 1, row = shape.w * format.bytes();
    const auto bytes = texels(format, shape.w * h * d);
    hipResourceDesc resource = {};
    hipArray_t array = nullptr;
    std::vector<unsigned char> padded;
    if (shape.dims == Linear) {
        resource.resType = hipResourceTypeLinear;
        resource.res.linear = {const_cast<unsigned char *>(bytes.data()), format.desc(), bytes.size()};
    } else if (shape.dims == Pitch) {
        const size_t pitch = row + 32;
        padded.assign(pitch * h, 0xee);
        for (int y = 0; y < h; ++y) std::memcpy(&padded[y * pitch], &bytes[y * row], row);
        resource.resType = hipResourceTypePitch2D;
        resource.res.pitch2D = {padded.data(), format.desc(), size_t(shape.w), size_t(h), pitch};
    } else {
        const auto desc = format.desc();
        if (shape.d == 0) {
            check(malloc_array(&array, &desc, shape.w, shape.h) == hipSuccess, "malloc_array");
            check(memcpy_2d_to_array(array, 0, 0, bytes.data(), row, row, h, hipMemcpyHostToDevice) == hipSuccess, "2d copy");
        } else {
            check(malloc_3d_array(&array, &desc, make_hipExtent(shape.w, shape.h, shape.d)) == hipSuccess, "malloc_3d_array");
            hipMemcpy3DParms copy = {};
            copy.srcPtr = make_hipPitchedPtr(const_cast<unsigned char *>(bytes.data()), row, shape.w, h);
            copy.dstArray = array;
            copy.extent = make_hipExtent(shape.w, h, d);
            copy.kind = hipMemcpyHostToDevice;
            check(memcpy_3d(&copy) == hipSuccess, "memcpy_3d");
        }
        resource.resType = hipResourceTypeArray;
        resource.res.array.array = array;
    }
    hipTextureDesc texture = {};
    for (int at = 0; at < 3; ++at) texture.addressMode[at] = static_cast<hipTextureAddressMode>(modes[at]);
    texture.filterMode = static_cast<hipTextureFilterMode>(filter);
    texture.readMode = static_cast<hipTextureReadMode>(scaled);
    texture.normalizedCoords = normalized;
    const float border[] = {0.35f, -3.0f, 7.5f, 1.0f};
    std::memcpy(texture.borderColor, border, sizeof(border));
    hipTextureObject_t object = nullptr;
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipSuccess, "create_texture_object");
    using E = typename channel_type<T>::type;
    std::printf("texture %s %d %d %d %s %d %d %d %d %d %d %d %d %s ", NAMES[shape.dims], shape.w, h, d, format.kind, format.bits,
                format.channels, filter, scaled, normalized, modes[0], modes[1], modes[2],
                static_cast<E>(0.5f) != E() ? "f" : "i");
    for (const auto byte : bytes) std::printf("%02x", byte);
    std::printf("\n");

    const float *places = normalized ? FRACTIONS : PLACES;
    const unsigned count = normalized ? sizeof(FRACTIONS) / 4 : sizeof(PLACES) / 4;
    const auto fetch = [&](float x, float y, float z) {
        const int layer = static_cast<int>(z);
        T texel;
        std::printf("fetch %a %a %a", x, y, z);
        switch (shape.dims) {
        case Linear: tranship::tex1Dfetch(&texel, object, static_cast<int>(x)); break;
        case One: texel = tranship::tex1D<T>(object, x); break;
        case Pitch:
        case Two: texel = tranship::tex2D<T>(object, x, y); break;
        case Three: texel = tranship::tex3D<T>(object, x, y, z); break;
        case OneLayered: texel = tranship::tex1DLayered<T>(object, x, layer); break;
        case TwoLayered: texel = tranship::tex2DLayered<T>(object, x, y, layer); break;
        case Cube: texel = tranship::texCubemap<T>(object, x, y, z); break;
        }
        print_texel(texel);
    };
    // The four texels around a place, one channel each.
    const auto gather = [&](float x, float y) {
        using Four = Vector<E, 4>;
        for (int channel = 0; channel < 4; ++channel) {
            std::printf("gather %a %a %d", x, y, channel);
            print_texel(tranship::tex2Dgather<Four>(object, x, y, channel));
        }
        Four first, other;
        std::memset(&first, 0, sizeof(first));
        std::memset(&other, 1, sizeof(other));
        tranship::tex2Dgather(&first, object, x, y);
        other = tranship::tex2Dgather<Four>(object, x, y, 0);
        check(std::memcmp(&first, &other, sizeof(first)) == 0, "the default channel of a gather");
    };
    if (shape.dims == Linear) {
        for (const int x : {-2000000000, -1, 0, 1, 2, shape.w - 1, shape.w, 2000000000}) fetch(static_cast<float>(x), 0, 0);
    } else if (shape.dims == Cube) {
        for (const float a : {-0.75f, -0.25f, 0.5f})
            for (const float b : {-0.625f, 0.125f, 0.875f})
                for (const float one : {-1.0f, 1.0f}) fetch(one, a, b), fetch(a, one, b), fetch(a, b, one);
    } else {
        const bool is_layered = shape.dims == OneLayered || shape.dims == TwoLayered;
        for (unsigned at = 0; at < count; ++at) {
            const float y = places[next() % count];
            const float z = is_layered ? static_cast<float>(static_cast<int>(next() % 9) - 2) : places[next() % count];
            fetch(places[at % count], y, z);
            if (shape.dims == Two) gather(places[at % count], y);
        }
        // No result is defined, but no fetch may read elsewhere.
        T texel = tranship::tex2D<T>(object, NAN, INFINITY);
        texel = tranship::tex2D<T>(object, -INFINITY, NAN);
        (void)texel;
    }
    check(destroy_texture_object(object) == hipSuccess, "destroy_texture_object");
    if (array) check(free_array(array) == hipSuccess, "free_array");
}

/// All shapes and modes of one format.
template <typename T> static void all_cases(const Format &format, int scaled, bool filters) {
    const Shape shapes[] = {{Pitch, 5, 4, 0}, {One, 4, 0, 0}, {Two, 4, 5, 0}, {Three, 4, 3, 5}, {OneLayered, 5, 0, 4},
                            {TwoLayered, 4, 3, 4}};
    const int none[] = {1, 1, 1};
    texture_case<T>(format, {Linear, 7, 0, 0}, 0, scaled, 0, none);
    texture_case<T>(format, {Linear, 7, 0, 0}, filters, scaled, 0, none);
    for (const Shape &shape : shapes)
        for (int filter = 0; filter <= (filters ? 1 : 0); ++filter)
            for (int normalized = 0; normalized < 2; ++normalized)
                for (int mode = 0; mode < 4; ++mode) {
                    const int modes[] = {mode, (mode + static_cast<int>(next() % 2)) % 4, (mode + 2) % 4};
                    texture_case<T>(format, shape, filter, scaled, normalized, modes);
                }
    const int clamped[] = {1, 1, 1};
    texture_case<T>(format, {Cube, 4, 4, 6}, 0, scaled, 1, clamped);
    if (filters) texture_case<T>(format, {Cube, 4, 4, 6}, 1, scaled, 1, clamped);
}

/// Copies in parts and from arrays, and accesses through surfaces.
static void copies() {
    const hipChannelFormatDesc desc = {32, 32, 0, 0, hipChannelFormatKindSigned};
    hipArray_t array = nullptr, other = nullptr;
    check(malloc_array(&array, &desc, 4, 3) == hipSuccess && malloc_array(&other, &desc, 4, 3) == hipSuccess, "malloc_array");
    int host[24], back[24];
    for (int at = 0; at < 24; ++at) host[at] = 100 + at;
    check(memcpy_to_array(array, 0, 0, host, 96, hipMemcpyHostToDevice) == hipSuccess, "memcpy_to_array");
    check(memcpy_from_array(back, array, 8, 1, 24, hipMemcpyDeviceToHost) == hipSuccess, "memcpy_from_array");
    check(std::memcmp(back, host + 10, 24) == 0, "memcpy_from_array starts at byte 8 of row 1");
    check(memcpy_2d_from_array(back, 16, array, 8, 1, 16, 2, hipMemcpyDeviceToHost) == hipSuccess, "memcpy_2d_from_array");
    check(std::memcmp(back, host + 10, 16) == 0 && std::memcmp(back + 4, host + 18, 16) == 0, "rows of memcpy_2d_from_array");
    check(memcpy_2d_array_to_array(other, 0, 0, array, 16, 1, 16, 2) == hipSuccess, "memcpy_2d_array_to_array");
    check(memcpy_2d_from_array(back, 16, other, 0, 0, 16, 2, hipMemcpyDeviceToHost) == hipSuccess, "memcpy_2d_from_array");
    check(std::memcmp(back, host + 12, 16) == 0 && std::memcmp(back + 4, host + 20, 16) == 0, "rows between arrays");
    check(memcpy_array_to_array(other, 8, 0, array, 0, 2, 32) == hipSuccess, "memcpy_array_to_array");
    check(memcpy_from_array(back, other, 8, 0, 32, hipMemcpyDeviceToHost) == hipSuccess, "memcpy_from_array");
    check(std::memcmp(back, host + 16, 32) == 0, "bytes between arrays");
    check(memcpy_to_array(array, 8, 2, host, 32, hipMemcpyHostToDevice) == hipErrorInvalidValue, "a copy beyond the end");
    check(memcpy_2d_to_array(array, 8, 0, host, 32, 32, 1, hipMemcpyHostToDevice) == hipErrorInvalidValue, "a row beyond its end");

    // Part of an array to memory: the place and the width are in texels.
    hipMemcpy3DParms part = {};
    std::memset(back, 0, sizeof(back));
    part.srcArray = array;
    part.srcPos = {1, 1, 0};
    part.dstPtr = make_hipPitchedPtr(back, 24, 24, 2);
    part.dstPos = {4, 0, 0};
    part.extent = make_hipExtent(2, 2, 1);
    part.kind = hipMemcpyDeviceToHost;
    check(memcpy_3d(&part) == hipSuccess, "memcpy_3d from an array");
    check(back[0] == 0 && std::memcmp(back + 1, host + 10, 16) == 0 && std::memcmp(back + 7, host + 18, 16) == 0, "its rows");
    part.srcPos = {3, 1, 0};
    check(memcpy_3d(&part) == hipErrorInvalidValue, "memcpy_3d beyond a row");

    hipChannelFormatDesc format = {};
    hipExtent extent = {};
    unsigned flags = 9;
    check(array_get_info(&format, &extent, &flags, array) == hipSuccess, "array_get_info");
    check(format.x == 32 && format.y == 32 && format.z == 0 && extent.width == 4 && extent.height == 3 && extent.depth == 0 &&
              flags == 0, "the information of an array");

    hipResourceDesc resource = {};
    resource.resType = hipResourceTypeArray;
    resource.res.array.array = array;
    hipSurfaceObject_t surface = nullptr;
    check(create_surface_object(&surface, &resource) == hipSuccess, "create_surface_object");
    tranship::surf2Dwrite(int2{7, 8}, surface, 8, 2);
    tranship::surf2Dwrite(int2{1, 2}, surface, 32, 0, hipBoundaryModeZero);
    tranship::surf2Dwrite(int2{3, 4}, surface, 400, -3, hipBoundaryModeClamp);
    check(memcpy_from_array(back, array, 0, 0, 96, hipMemcpyDeviceToHost) == hipSuccess, "memcpy_from_array");
    host[18] = 7, host[19] = 8, host[6] = 3, host[7] = 4;
    check(std::memcmp(back, host, 96) == 0, "writes to a surface");
    const int2 inside = tranship::surf2Dread<int2>(surface, 8, 2), outside = tranship::surf2Dread<int2>(surface, 0, 3, hipBoundaryModeZero);
    check(inside.x == 7 && inside.y == 8 && outside.x == 0 && outside.y == 0, "reads of a surface");
    check(destroy_surface_object(surface) == hipSuccess, "destroy_surface_object");

    // A foreign array, other formats and mipmaps are refused.
    char foreign[64] = {};
    resource.res.array.array = reinterpret_cast<hipArray_t>(foreign);
    hipTextureDesc texture = {};
    hipTextureObject_t object = nullptr;
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipErrorNotSupported && !object, "a foreign array");
    resource.resType = hipResourceTypeMipmappedArray;
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipErrorNotSupported && !object, "mipmaps");
    resource.resType = hipResourceTypeLinear;
    resource.res.linear = {host, {32, 32, 32, 0, hipChannelFormatKindFloat}, 96};
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipErrorInvalidValue && !object, "three channels");
    resource.res.linear.desc = desc;
    texture.sRGB = 1;
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipErrorNotSupported && !object, "sRGB");
    texture.sRGB = 0;
    texture.filterMode = hipFilterModeLinear;
    texture.readMode = hipReadModeNormalizedFloat;
    resource.resType = hipResourceTypePitch2D;
    resource.res.pitch2D = {host, desc, 4, 3, 32};
    check(create_texture_object(&object, &resource, &texture, nullptr) == hipErrorInvalidValue && !object,
          "a linear filter of 32-bit integers");
    free_array(array);
    free_array(other);
}

/// Binds texture references and fetches from them. Values between texels are exact here.
static void references() {
    std::vector<float> pixels(64 * 8);
    for (size_t at = 0; at < pixels.size(); ++at) pixels[at] = static_cast<float>(next() % 512);
    texture_reference<float, 2> plane;
    plane.filterMode = hipFilterModeLinear;
    size_t offset = 1;
    check(bind_texture_2d(&offset, plane, pixels.data(), 61, 8, 256) == hipSuccess && offset == 0, "bind_texture_2d");
    for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 60; ++x) {
            const float left = pixels[y * 64 + x], right = pixels[y * 64 + x + 1];
            check(tranship::tex2D(plane, x + 0.5f, y + 0.5f) == left, "a texel by reference");
            check(tranship::tex2D(plane, x + 1.0f, y + 0.5f) == (left + right) / 2, "a filtered texel by reference");
        }
    check(tranship::tex2D(plane, 100.0f, 0.5f) == pixels[60], "a clamped texel by reference");

    std::vector<unsigned char> bytes(300);
    for (auto &byte : bytes) byte = static_cast<unsigned char>(next());
    texture_reference<unsigned char, 1, hipReadModeNormalizedFloat> line;
    check(line.channelDesc.x == 8 && line.channelDesc.y == 0 && line.channelDesc.f == hipChannelFormatKindUnsigned, "the format");
    check(bind_texture(nullptr, &line, bytes.data(), &line.channelDesc, 200) == hipSuccess, "bind_texture");
    for (int at = -2; at < 250; ++at) {
        const float should = at < 0 || at >= 200 ? 0.0f : bytes[at] / 255.0f;
        check(std::fabs(tranship::tex1Dfetch(line, at) - should) < 1e-7f, "a fraction by reference");
    }
    check(bind_texture(&offset, line, bytes.data() + 100) == hipSuccess, "bind_texture again");
    check(std::fabs(tranship::tex1Dfetch(line, 7) - bytes[107] / 255.0f) < 1e-7f, "the new memory");
    check(unbind_texture(line) == hipSuccess && line.object == nullptr, "unbind_texture");

    texture_reference<float, 3> volume(1, hipFilterModePoint, hipAddressModeWrap);
    const hipChannelFormatDesc format = volume.channelDesc;
    hipArray_t array = nullptr;
    check(malloc_3d_array(&array, &format, make_hipExtent(4, 4, 4)) == hipSuccess, "malloc_3d_array");
    hipMemcpy3DParms copy = {};
    copy.srcPtr = make_hipPitchedPtr(pixels.data(), 4 * sizeof(float), 4, 4);
    copy.dstArray = array;
    copy.extent = make_hipExtent(4, 4, 4);
    copy.kind = hipMemcpyHostToDevice;
    check(memcpy_3d(&copy) == hipSuccess && bind_texture_to_array(volume, array, format) == hipSuccess, "bind_texture_to_array");
    for (int at = 0; at < 64; ++at) {
        const float x = at % 4 + 0.5f, y = at / 4 % 4 + 0.5f, z = at / 16 + 0.5f;
        check(tranship::tex3D(volume, x / 4 + 1, y / 4 - 2, z / 4) == pixels[at], "a repeated texel by reference");
    }
    check(unbind_texture(&volume) == hipSuccess && free_array(array) == hipSuccess, "unbind_texture");
}

int main() {
    copies();
    references();
    all_cases<float>({"f", 32, 1}, 0, true);
    all_cases<float2>({"f", 32, 2}, 0, true);
    all_cases<float4>({"f", 16, 4}, 0, true);
    all_cases<float>({"u", 8, 1}, 1, true);
    all_cases<float4>({"u", 8, 4}, 1, true);
    all_cases<float>({"u", 8, 4}, 1, true);
    all_cases<float2>({"s", 8, 2}, 1, true);
    all_cases<float>({"u", 16, 1}, 1, true);
    all_cases<float2>({"s", 16, 2}, 1, true);
    all_cases<unsigned char>({"u", 8, 1}, 0, false);
    all_cases<char2>({"s", 8, 2}, 0, false);
    all_cases<short2>({"s", 16, 2}, 0, false);
    all_cases<int4>({"s", 32, 4}, 0, false);
    all_cases<unsigned>({"u", 32, 1}, 1, false);
}
