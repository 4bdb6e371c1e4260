//! Code of HIP that `tranship convert --to cuda` converts compiles as CUDA.

use std::fs;
use std::process::Command;

use crate::support::PROGRAM;
use crate::toolchain::Pass;
use crate::{run, scratch, targets};

/// Kernels, launches of each form, and names of the runtime and of libraries.
const CODE: &str = "\
#include <hip/hip_runtime.h>
#include <hip/hip_complex.h>
#include <hip/hip_fp16.h>
#include <hipblas/hipblas.h>
#include <hipcub/hipcub.hpp>
#include <hipfft/hipfft.h>
#include <hiprand/hiprand.h>
#define CHECK(call) do { hipError_t e = (call); if (e != hipSuccess) throw hipGetErrorString(e); } while (0)
__device__ float table[4];
template <int A, int B> __global__ void scale(float *x, float a) { x[blockIdx.x * blockDim.x + threadIdx.x] *= a * A * B + table[0]; }
__global__ void turn(float *x) {
    HIP_DYNAMIC_SHARED(float, tile);
    HIP_DYNAMIC_SHARED(float, same)
    tile[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    x[threadIdx.x] = same[blockDim.x - threadIdx.x - 1];
}
__global__ void fill(__half *x) { x[threadIdx.x] = __float2half(1.f); }
float run(float *host, __half *halves, hipfftHandle plan, hiprandGenerator_t random, hipStream_t stream) {
    float *x = nullptr, sum = 0, alpha = 2;
    hipDeviceProp_t properties;
    CHECK(hipGetDeviceProperties(&properties, 0));
    CHECK(hipMalloc(&x, 256 * sizeof(float)));
    CHECK(hipMemcpyAsync(x, host, 256 * sizeof(float), hipMemcpyHostToDevice, stream));
    CHECK(hipMemcpyToSymbol(HIP_SYMBOL(table), host, 16));
    hipLaunchKernelGGL(HIP_KERNEL_NAME(scale<1, 2>), dim3(4), dim3(64), 0, 0, x, 2.f);
    hipLaunchKernelGGL((scale<2, 3>), 4, 64, 16, stream, x, 2.f);
    hipLaunchKernelGGL(turn, 1, 64, 256, stream, x);
    hipLaunchKernelGGL(fill, dim3(1), dim3(64), 0, stream, halves);
    scale<1, 1><<<4, 64>>>(x, 2.f);
    CHECK(hipGetLastError());
    hipblasHandle_t handle;
    if (hipblasCreate(&handle) != HIPBLAS_STATUS_SUCCESS) return 0;
    hipblasSetStream(handle, stream);
    hipblasSscal(handle, 256, &alpha, x, 1);
    hipblasSasum(handle, 256, x, 1, &sum);
    hipblasDestroy(handle);
    hipfftExecC2C(plan, (hipfftComplex *)x, (hipfftComplex *)x, HIPFFT_FORWARD);
    hiprandGenerateUniform(random, x, 256);
    size_t bytes = 0;
    hipcub::DeviceReduce::Sum(nullptr, bytes, x, x, 256);
    hipEvent_t event;
    CHECK(hipEventCreateWithFlags(&event, hipEventDisableTiming));
    CHECK(hipEventDestroy(event));
    CHECK(hipFree(x));
    return sum + bytes + hipCrealf(make_hipFloatComplex(1.f, 2.f));
}
";

#[test]
fn code_of_hip_compiles_as_cuda_after_its_conversion() {
    let folder = scratch("reverse");
    let Some(targets) = targets(&folder) else { return };
    let project = folder.join("p");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("a.hip"), CODE).unwrap();
    let mut call = Command::new(PROGRAM);
    let ran = call.args(["convert", "--to", "cuda"]).arg(&project).output().expect("the program starts");
    // No finding is left.
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let cuda = targets.iter().find(|target| target.name == "cuda").expect("there is a target for CUDA");
    for pass in [Pass::Device("sm_80"), Pass::Host] {
        let mut call = cuda.command(&pass, &folder.join("p-cuda/a.cu"), &["-std=c++17".into()]);
        assert_eq!(run::run(&mut call), None, "{pass:?}");
        let mut before = cuda.command(&pass, &project.join("a.hip"), &["-std=c++17".into()]);
        assert!(run::run(&mut before).is_some(), "{pass:?}: the code is for HIP alone before");
    }
}
