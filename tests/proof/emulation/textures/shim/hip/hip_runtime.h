// The parts of HIP's runtime that the texture functions use, on the memory of this machine. The values of enumerators are HIP's.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#define __device__
#define __host__
#define __global__

enum hipError_t { hipSuccess = 0, hipErrorInvalidValue = 1, hipErrorOutOfMemory = 2, hipErrorNotSupported = 801 };
enum hipMemcpyKind { hipMemcpyHostToHost, hipMemcpyHostToDevice, hipMemcpyDeviceToHost, hipMemcpyDeviceToDevice };
enum hipChannelFormatKind {
    hipChannelFormatKindSigned, hipChannelFormatKindUnsigned, hipChannelFormatKindFloat, hipChannelFormatKindNone
};
enum hipResourceType { hipResourceTypeArray, hipResourceTypeMipmappedArray, hipResourceTypeLinear, hipResourceTypePitch2D };
enum hipTextureAddressMode { hipAddressModeWrap, hipAddressModeClamp, hipAddressModeMirror, hipAddressModeBorder };
enum hipTextureFilterMode { hipFilterModePoint, hipFilterModeLinear };
enum hipTextureReadMode { hipReadModeElementType, hipReadModeNormalizedFloat };
enum hipSurfaceBoundaryMode { hipBoundaryModeZero, hipBoundaryModeTrap, hipBoundaryModeClamp };

struct hipChannelFormatDesc { int x, y, z, w; hipChannelFormatKind f; };
struct hipExtent { size_t width, height, depth; };
struct hipPos { size_t x, y, z; };
struct hipPitchedPtr { void *ptr; size_t pitch, xsize, ysize; };
inline hipExtent make_hipExtent(size_t w, size_t h, size_t d) { return {w, h, d}; }
inline hipPitchedPtr make_hipPitchedPtr(void *p, size_t pitch, size_t x, size_t y) { return {p, pitch, x, y}; }

typedef struct hipArray *hipArray_t;
typedef const struct hipArray *hipArray_const_t;
typedef struct hipMipmappedArray *hipMipmappedArray_t;
typedef struct __hip_texture *hipTextureObject_t;
typedef struct __hip_surface *hipSurfaceObject_t;
typedef struct ihipStream_t *hipStream_t;

struct hipResourceDesc {
    hipResourceType resType;
    union {
        struct { hipArray_t array; } array;
        struct { hipMipmappedArray_t mipmap; } mipmap;
        struct { void *devPtr; hipChannelFormatDesc desc; size_t sizeInBytes; } linear;
        struct { void *devPtr; hipChannelFormatDesc desc; size_t width, height, pitchInBytes; } pitch2D;
    } res;
};
struct hipTextureDesc {
    hipTextureAddressMode addressMode[3];
    hipTextureFilterMode filterMode;
    hipTextureReadMode readMode;
    int sRGB;
    float borderColor[4];
    int normalizedCoords;
};
struct hipMemcpy3DParms {
    hipArray_t srcArray; hipPos srcPos; hipPitchedPtr srcPtr;
    hipArray_t dstArray; hipPos dstPos; hipPitchedPtr dstPtr;
    hipExtent extent; hipMemcpyKind kind;
};

// Memory of the GPU begins with garbage.
inline hipError_t hipMalloc(void **p, size_t bytes) {
    *p = std::malloc(bytes + 1);
    std::memset(*p, 0xcd, bytes + 1);
    return hipSuccess;
}
inline hipError_t hipFree(void *p) { std::free(p); return hipSuccess; }
inline hipError_t hipDeviceSynchronize() { return hipSuccess; }
inline hipError_t hipFreeArray(hipArray_t) { return hipErrorInvalidValue; }
inline hipError_t hipMemcpy(void *to, const void *from, size_t bytes, hipMemcpyKind) {
    std::memcpy(to, from, bytes);
    return hipSuccess;
}
inline hipError_t hipMemcpyAsync(void *to, const void *from, size_t bytes, hipMemcpyKind kind, hipStream_t) {
    return hipMemcpy(to, from, bytes, kind);
}
inline hipError_t hipMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height,
                              hipMemcpyKind) {
    for (size_t y = 0; y < height; ++y)
        std::memcpy(static_cast<char *>(to) + y * to_pitch, static_cast<const char *>(from) + y * from_pitch, width);
    return hipSuccess;
}
inline hipError_t hipMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width,
                                   size_t height, hipMemcpyKind kind, hipStream_t) {
    return hipMemcpy2D(to, to_pitch, from, from_pitch, width, height, kind);
}
// A copy between two pointers: all widths and places are in bytes.
inline hipError_t hipMemcpy3D(const hipMemcpy3DParms *p) {
    if (p->srcArray || p->dstArray) return hipErrorNotSupported;
    const auto at = [](const hipPitchedPtr &m, const hipPos &pos, size_t y, size_t z) {
        return static_cast<char *>(m.ptr) + pos.x + (pos.y + y + (pos.z + z) * m.ysize) * m.pitch;
    };
    for (size_t z = 0; z < p->extent.depth; ++z)
        for (size_t y = 0; y < p->extent.height; ++y)
            std::memcpy(at(p->dstPtr, p->dstPos, y, z), at(p->srcPtr, p->srcPos, y, z), p->extent.width);
    return hipSuccess;
}
inline hipError_t hipMemcpy3DAsync(const hipMemcpy3DParms *p, hipStream_t) { return hipMemcpy3D(p); }

// Vectors, with the members that HIP's have.
template <typename T, int N> struct Vector;
template <typename T> struct Vector<T, 2> { using value_type = T; T x, y; };
template <typename T> struct Vector<T, 4> { using value_type = T; T x, y, z, w; };
using float2 = Vector<float, 2>;
using float4 = Vector<float, 4>;
using uchar2 = Vector<unsigned char, 2>;
using uchar4 = Vector<unsigned char, 4>;
using char2 = Vector<signed char, 2>;
using short2 = Vector<short, 2>;
using int2 = Vector<int, 2>;
using int4 = Vector<int, 4>;
using uint4 = Vector<unsigned, 4>;
