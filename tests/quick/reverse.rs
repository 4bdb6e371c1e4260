//! `convert --to cuda`: names, headers and launches become CUDA, and everything else of HIP is a finding.

use std::fs;

use serde_json::Value;

use crate::support::Project;

/// Converts `code` to CUDA. Returns the new text, and the findings as `rule: what`.
fn converted(code: &str) -> (String, Vec<String>) {
    let project = Project::of(&[("a.hip", code.as_bytes())]);
    let ran = project.run(&["convert", "p", "--to", "cuda", "--exit-zero", "--output-format", "json"]);
    ran.check(0, &[]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().map(|one| format!("{}: {}", text(&one["rule"]), text(&one["what"]))).collect();
    (fs::read_to_string(project.around().join("p-cuda/a.cu")).unwrap(), found)
}

fn check(hip: &str, cuda: &str, findings: &[&str]) {
    let (text, found) = converted(hip);
    assert_eq!(text, cuda);
    assert_eq!(found, findings);
}

#[test]
fn names_and_headers_become_those_of_cuda() {
    check(
        "#include <hip/hip_runtime.h>\n#include <hipblas/hipblas.h>\nhipError_t f(void **p, hipStream_t s) {\n  \
         hipMallocAsync(p, 4, s);  // hipFree\n  return hipSuccess;\n}\n\
         hipblasStatus_t g(hipblasHandle_t h) { return hipblasSetStream(h, 0); }\n",
        "#include <cuda_runtime.h>\n#include <cublas_v2.h>\ncudaError_t f(void **p, cudaStream_t s) {\n  \
         cudaMallocAsync(p, 4, s);  // hipFree\n  return cudaSuccess;\n}\n\
         cublasStatus_t g(cublasHandle_t h) { return cublasSetStream(h, 0); }\n",
        &[],
    );
}

#[test]
fn launches_get_chevrons() {
    check(
        "#include <hip/hip_runtime.h>\n__global__ void k(int *p) {}\ntemplate <int A, int B> __global__ void t() {}\n\
         void f(int *p, hipStream_t s) {\n  hipLaunchKernelGGL(k, dim3(2), dim3(64), 0, 0, p);\n  \
         hipLaunchKernelGGL(HIP_KERNEL_NAME(t<1, 2>), 1, 32, 16, s);\n  k<<<1, 2>>>(p);\n}\n",
        "#include <cuda_runtime.h>\n__global__ void k(int *p) {}\ntemplate <int A, int B> __global__ void t() {}\n\
         void f(int *p, cudaStream_t s) {\n  k<<<dim3(2), dim3(64)>>>(p);\n  \
         t<1, 2><<<1, 32, 16, s>>>();\n  k<<<1, 2>>>(p);\n}\n",
        &[],
    );
}

#[test]
fn what_has_no_counterpart_is_a_finding() {
    check(
        "#include <hip/hip_runtime.h>\n#include <rocprim/rocprim.hpp>\n__device__ int f(int v) {\n  \
         return __shfl_down(v, 1) + __builtin_amdgcn_mbcnt_lo(~0u, 0u);\n}\nvoid g() { hipNoSuchFunction(); }\n",
        "#include <cuda_runtime.h>\n#include <rocprim/rocprim.hpp>\n__device__ int f(int v) {\n  \
         return __shfl_down(v, 1) + __builtin_amdgcn_mbcnt_lo(~0u, 0u);\n}\nvoid g() { hipNoSuchFunction(); }\n",
        &[
            "hip-only: the header `rocprim/rocprim.hpp` has no counterpart in CUDA",
            "hip-warp-function: `__shfl_down` has no mask",
            "hip-only: `__builtin_amdgcn_mbcnt_lo` has no counterpart in CUDA",
            "hip-only: `hipNoSuchFunction` has no counterpart in CUDA",
        ],
    );
}

#[test]
fn the_project_s_own_names_and_both_sides_of_a_vendor_switch_stay() {
    let code = "#include <hip/hip_runtime.h>\n#define HIP_CHECK(x) check(x)\n#ifdef __HIP_PLATFORM_AMD__\nint a = hipNew;\n\
                #else\nint a = cudaOld;\n#endif\nvoid f(void *p) { HIP_CHECK(hipFree(p)); }\n";
    let expected = code.replace("hip/hip_runtime.h", "cuda_runtime.h").replace("hipFree", "cudaFree");
    check(code, &expected, &[]);
}

#[test]
fn build_files_are_copied_and_reported() {
    let project = Project::of(&[("a.cpp", b"#include <hip/hip_runtime.h>\n__global__ void k() {}\n"), ("Makefile", b"all:\n\thipcc a.cpp\n")]);
    let ran = project.run(&["convert", "p", "--to", "cuda", "--output-format", "concise"]);
    ran.check(1, &[]);
    for rule in ["p/Makefile: manual[hip-in-build]", "p/a.cpp: manual[hip-source-name]"] {
        assert!(ran.out.contains(rule), "{}", ran.out);
    }
    let written = fs::read_to_string(project.around().join("p-cuda/a.cpp")).unwrap();
    assert_eq!(written, "#include <cuda_runtime.h>\n__global__ void k() {}\n");
}

#[test]
fn there_and_back_gives_the_names_of_the_beginning() {
    let code = "#include <cublas_v2.h>\n#include <cuda_runtime.h>\n#include <cufft.h>\n#include <curand.h>\n\
                __global__ void k(float *p) { p[threadIdx.x] = 0; }\nvoid f(float **p, cudaStream_t s, cublasHandle_t h, cufftHandle plan) {\n  \
                cudaMalloc(p, 4);\n  cudaMemcpyAsync(*p, *p, 4, cudaMemcpyDeviceToDevice, s);\n  cudaStreamSynchronize(s);\n  \
                cublasSscal(h, 1, *p, *p, 1);\n  cufftExecC2C(plan, (cufftComplex *)*p, (cufftComplex *)*p, CUFFT_FORWARD);\n  \
                k<<<1, 32, 0, s>>>(*p);\n  cudaFree(*p);\n}\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    project.run(&["convert", "p-hip", "--to", "cuda", "--out", "back", "-q", "--exit-zero"]).check(0, &[]);
    assert_eq!(fs::read_to_string(project.around().join("back/a.cu")).unwrap(), code);
}
