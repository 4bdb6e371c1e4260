// The declarations of PyTorch that host code around kernels needs to be read: no bodies and no other purpose.
// `tests/real-projects/ptx-units` uses it in place of PyTorch's headers.
#pragma once

#include <hip/hip_bf16.h>
#include <hip/hip_fp16.h>
#include <hip/hip_runtime.h>

#include <cstdint>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace c10 {
enum class ScalarType { Byte, Char, Short, Int, Long, Half, Float, Double, Bool, BFloat16, Float8_e4m3fn };
enum class DeviceType { CPU, CUDA };
struct alignas(2) Half {
    unsigned short x;
    Half() = default;
    __host__ __device__ Half(float);
    __host__ __device__ Half(const __half &);
    __host__ __device__ operator float() const;
    __host__ __device__ operator __half() const;
};
struct alignas(2) BFloat16 {
    unsigned short x;
    BFloat16() = default;
    __host__ __device__ BFloat16(float);
    __host__ __device__ operator float() const;
};
struct Device {
    Device(DeviceType, int = 0);
    int index() const;
    DeviceType type() const;
    bool is_cuda() const;
    bool operator==(const Device &) const;
    bool operator!=(const Device &) const;
};
struct TypeMeta {};
struct TensorOptions {
    TensorOptions dtype(ScalarType) const;
    TensorOptions dtype(TypeMeta) const;
    TensorOptions device(Device) const;
    TensorOptions device(DeviceType, int = 0) const;
    TensorOptions requires_grad(bool) const;
};
struct IntArrayRef {
    IntArrayRef(std::initializer_list<std::int64_t>);
    IntArrayRef(const std::vector<std::int64_t> &);
    std::int64_t operator[](int) const;
    std::size_t size() const;
    std::vector<std::int64_t> vec() const;
    bool operator==(const IntArrayRef &) const;
    bool operator!=(const IntArrayRef &) const;
};
std::ostream &operator<<(std::ostream &, const IntArrayRef &);
std::ostream &operator<<(std::ostream &, ScalarType);
struct Scalar {
    template <typename T> Scalar(T);
    template <typename T> T to() const;
};
template <typename T> using optional = std::optional<T>;
using std::nullopt;
namespace hip {
struct HIPStream {
    operator hipStream_t() const;
    hipStream_t stream() const;
    int device_index() const;
};
HIPStream getCurrentHIPStream(int = 0);
void MaybeSetDevice(int);
struct HIPGuard {
    HIPGuard(Device);
    HIPGuard(int);
};
struct OptionalHIPGuard {
    OptionalHIPGuard(Device);
    OptionalHIPGuard(std::optional<Device>);
};
using HIPStreamMasqueradingAsCUDA = HIPStream;
inline HIPStream getCurrentHIPStreamMasqueradingAsCUDA(int = 0) { return {}; }
using HIPGuardMasqueradingAsCUDA = HIPGuard;
using OptionalHIPGuardMasqueradingAsCUDA = OptionalHIPGuard;
} // namespace hip
namespace cuda = hip;
} // namespace c10

namespace at {
using namespace c10;
struct Tensor;
using OptionalTensor = std::optional<Tensor>;
struct Tensor {
    std::int64_t size(int) const;
    std::int64_t stride(int) const;
    IntArrayRef sizes() const;
    IntArrayRef strides() const;
    std::int64_t dim() const;
    std::int64_t numel() const;
    std::int64_t nbytes() const;
    std::int64_t element_size() const;
    std::int64_t storage_offset() const;
    template <typename T = void> T *data_ptr() const;
    template <typename T> T *mutable_data_ptr() const;
    template <typename T> const T *const_data_ptr() const;
    template <typename T> T item() const;
    ScalarType scalar_type() const;
    ScalarType dtype() const;
    Device device() const;
    int get_device() const;
    TensorOptions options() const;
    bool is_cuda() const;
    bool is_contiguous() const;
    bool defined() const;
    Tensor contiguous() const;
    Tensor view(IntArrayRef) const;
    Tensor reshape(IntArrayRef) const;
    Tensor sum(int) const;
    Tensor slice(int, std::int64_t = 0, std::int64_t = 0, std::int64_t = 1) const;
    Tensor unsqueeze(int) const;
    Tensor squeeze(int = 0) const;
    Tensor transpose(int, int) const;
    Tensor to(ScalarType) const;
    Tensor clone() const;
    Tensor zero_() const;
    Tensor fill_(Scalar) const;
    Tensor masked_fill_(const Tensor &, Scalar) const;
    Tensor div_(const Tensor &, const char *) const;
    Tensor true_divide_(const Tensor &) const;
    Tensor expand(IntArrayRef) const;
    Tensor flatten(int = 0, int = -1) const;
    Tensor select(int, std::int64_t) const;
    Tensor max() const;
    Tensor cpu() const;
    bool is_floating_point() const;
    Tensor operator==(Scalar) const;
    Tensor operator<(Scalar) const;
    Tensor operator[](int) const;
};
Tensor empty(IntArrayRef, TensorOptions = {});
Tensor zeros(IntArrayRef, TensorOptions = {});
Tensor empty_like(const Tensor &, TensorOptions = {});
Tensor zeros_like(const Tensor &, TensorOptions = {});
Tensor full(IntArrayRef, Scalar, TensorOptions = {});
Tensor full_like(const Tensor &, Scalar, TensorOptions = {});
Tensor from_blob(void *, IntArrayRef, TensorOptions = {});
TensorOptions device(DeviceType);
TensorOptions dtype(ScalarType);
std::optional<Device> device_of(const Tensor &);
constexpr ScalarType kByte = ScalarType::Byte, kChar = ScalarType::Char, kShort = ScalarType::Short, kInt = ScalarType::Int,
                     kInt8 = ScalarType::Char, kUInt8 = ScalarType::Byte, kInt16 = ScalarType::Short, kInt32 = ScalarType::Int,
                     kInt64 = ScalarType::Long, kLong = ScalarType::Long, kHalf = ScalarType::Half, kFloat16 = ScalarType::Half,
                     kBFloat16 = ScalarType::BFloat16, kFloat = ScalarType::Float, kFloat32 = ScalarType::Float,
                     kDouble = ScalarType::Double, kBool = ScalarType::Bool;
constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA;
namespace hip = c10::hip;
namespace cuda {
using namespace c10::hip;
hipDeviceProp_t *getCurrentDeviceProperties();
hipDeviceProp_t *getDeviceProperties(int);
HIPStream getCurrentCUDAStream(int = 0);
using CUDAGuard = HIPGuard;
using OptionalCUDAGuard = OptionalHIPGuard;
namespace detail {
template <typename T, typename Index>
struct TensorInfo {
    T *data;
    Index sizes[25], strides[25];
    int dims;
};
template <typename T, typename Index, int Dims>
struct IndexToOffset {
    static __host__ __device__ Index get(Index, const TensorInfo<T, Index> &);
};
template <typename T, typename Index>
TensorInfo<T, Index> getTensorInfo(const at::Tensor &);
} // namespace detail
} // namespace cuda
} // namespace at

namespace torch {
using namespace at;
using Dtype = ScalarType;
using at::dtype;
} // namespace torch

#define TORCH_CHECK(condition, ...) ((void)(condition))
#define TORCH_INTERNAL_ASSERT(condition, ...) ((void)(condition))
#define AT_ERROR(...) ((void)0)
#define AT_ASSERTM(condition, ...) ((void)(condition))
#define AT_CUDA_CHECK(call) ((void)(call))
#define C10_CUDA_CHECK(call) ((void)(call))
#define C10_HIP_CHECK(call) ((void)(call))
#define C10_CUDA_KERNEL_LAUNCH_CHECK() ((void)0)
#define C10_HIP_KERNEL_LAUNCH_CHECK() ((void)0)
#define C10_HOST_DEVICE __host__ __device__
#define STUB_CASE(type, ...) { using scalar_t = type; __VA_ARGS__(); }
#define AT_DISPATCH_FLOATING_TYPES(kind, name, ...) STUB_CASE(float, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND_HALF(kind, name, ...) STUB_CASE(float, __VA_ARGS__)
#define AT_DISPATCH_FLOATING_TYPES_AND2(one, two, kind, name, ...) STUB_CASE(float, __VA_ARGS__)
#define AT_DISPATCH_ALL_TYPES_AND2(one, two, kind, name, ...) STUB_CASE(float, __VA_ARGS__)
#define AT_DISPATCH_SWITCH(kind, name, ...) __VA_ARGS__
#define AT_DISPATCH_CASE(kind, ...) STUB_CASE(float, __VA_ARGS__)
#define PYBIND11_MODULE(name, variable) void init_stub()
#define TORCH_EXTENSION_NAME stub
#define TORCH_LIBRARY(name, variable) void init_stub()
