//! A project that `tranship portable` leaves as it is compiles for HIP through the shadow headers, and a host compiler reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::PROGRAM;
use crate::toolchain::{Pass, Target};
use crate::{run, scratch, targets};

/// A kernel with CUB, cuBLAS and the runtime, and without the header that nvcc includes by itself.
const KERNEL: &str = "\
#include \"check.h\"
#include <cub/cub.cuh>
#include <cublas_v2.h>
#include <cuda_fp16.h>
__global__ void scale(float *x, float a) { x[blockIdx.x * blockDim.x + threadIdx.x] *= a; }
float run(float *host, int n) {
    float *x = nullptr, sum = 0;
    CHECK(cudaMalloc(&x, n * sizeof(float)));
    CHECK(cudaMemcpy(x, host, n * sizeof(float), cudaMemcpyHostToDevice));
    scale<<<n / 64, 64>>>(x, 2.f);
    CHECK(cudaGetLastError());
    cublasHandle_t handle;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 0;
    cublasSasum(handle, n, x, 1, &sum);
    cublasDestroy(handle);
    size_t bytes = 0;
    cub::DeviceReduce::Sum(nullptr, bytes, x, x, n);
    CHECK(cudaFree(x));
    return sum + bytes;
}
";
const CHECK: &str = "\
#pragma once
#include <cuda_runtime_api.h>
#define CHECK(call) do { cudaError_t e = (call); if (e != cudaSuccess) throw cudaGetErrorString(e); } while (0)
";
/// Warp functions, symbols, conditions on nvcc, and calls that a conversion rewrites. CUB comes behind the definitions of `__any` and
/// `warpSize`, and uses both.
const WARPS: &str = "\
#include <cuda_runtime.h>
#include \"check.h\"
#if CUDART_VERSION < 9000
#error \"a recent release is assumed\"
#endif
#ifdef __CUDACC__
__constant__ float factors[4];
__device__ float total(float v) {
    for (int d = warpSize / 2; d > 0; d /= 2) v += __shfl_xor_sync(0xffffffff, v, d);
#if __CUDA_ARCH__ >= 700
    __syncwarp();
#endif
    return __any(v > 0) && __ballot_sync(__activemask(), v > 1) ? __shfl(v, 0) : __ldcg(&v);
}
template <int N> __global__ void __launch_bounds__(256, 2) sums(float *x) {
    x[threadIdx.x] = total(x[threadIdx.x]) * factors[N] + __fmaf_rz(1.f, 2.f, 3.f);
}
#endif
#include <cub/cub.cuh>
__global__ void reduce(int *x) {
    typedef cub::BlockReduce<int, 128> Block;
    __shared__ typename Block::TempStorage storage;
    int sum = Block(storage).Sum(x[threadIdx.x]);
    if (threadIdx.x == 0) x[0] = sum;
}
void start(float *x, const float *from, float *pinned) {
    float *on_device = nullptr;
    CHECK(cudaMemcpyToSymbol(factors, from, 16));
    CHECK(cudaMemcpyToSymbolAsync(factors, from, 16));
    CHECK(cudaHostGetDevicePointer(&on_device, pinned, 0));
    CHECK(cudaFuncSetAttribute(sums<1>, cudaFuncAttributeMaxDynamicSharedMemorySize, 1024));
    sums<1><<<1, 256>>>(x);
}
";
const HOST: &str = "\
#include <cuComplex.h>
#include \"check.h\"
int devices() { int n = 0; CHECK(cudaGetDeviceCount(&n)); return n + (int)cuCrealf(make_cuFloatComplex(1.f, 2.f)); }
";

#[test]
fn a_project_compiles_for_hip_through_its_shadow_headers() {
    let folder = scratch("portable");
    let Some(targets) = targets(&folder) else { return };
    for target in targets.iter().filter(|target| ["clang-22", "hip-7.1", "hip-debian"].contains(&target.name))
    {
        let project = project(&folder, target);
        let headers = project.join("hip_compat");
        let through = ["-I".into(), headers.clone().into()];
        for pass in [Pass::Device("gfx942"), Pass::Host] {
            let mut call = target.command(&pass, &project.join("kernel.cu"), &through);
            // Behind clang's own header, as clang's driver writes it.
            call.args(["-include", "cuda_runtime.h"]).args(lanes(target, &pass));
            assert_eq!(run::run(&mut call), None, "{} {pass:?}", target.name);
            let mut without = target.command(&pass, &project.join("kernel.cu"), &[]);
            assert!(run::run(&mut without).is_some(), "{} {pass:?}: needs no shadow header", target.name);
        }
        // One set of headers is for waves of both widths.
        for pass in [Pass::Device("gfx942"), Pass::Device("gfx1100"), Pass::Host] {
            let mut call = target.command(&pass, &project.join("warps.cu"), &through);
            call.args(["-include", "cuda_runtime.h"]).args(lanes(target, &pass));
            assert_eq!(run::run(&mut call), None, "{} warps {pass:?}", target.name);
        }
        // A host compiler gets the same headers for clang 22 as for HIP 7.1.
        let compilers: &[&str] = if target.name == "clang-22" { &[] } else { &["g++", "clang++-19"] };
        for compiler in compilers {
            let mut call = target.plain(compiler, "-std=c++17", &project.join("host.cpp"));
            call.arg("-I").arg(&headers);
            assert_eq!(run::run(&mut call), None, "{} {compiler}", target.name);
            // Each header alone, then all of them in both orders and twice.
            // Sources never include this one by themselves.
            let mut names = names(&headers);
            names.retain(|name| name != "tranship_hip.h");
            let include = |name: &String| format!("#include <{name}>\n");
            let mut texts: Vec<String> = names.iter().map(include).collect();
            texts.push(names.iter().chain(names.iter().rev()).map(include).collect::<Vec<_>>().concat());
            for text in texts {
                let file = folder.join("includes.cpp");
                fs::write(&file, &text).unwrap();
                let mut call = target.plain(compiler, "-std=c++17", &file);
                call.arg("-U__HIP_PLATFORM_AMD__").arg("-I").arg(&headers);
                assert_eq!(run::run(&mut call), None, "{} {compiler} {text}", target.name);
            }
        }
    }
}

/// Code that no header can change: names that the project also defines, in calls of several lines, in macros and in conditions, a
/// launch, a vector operator that HIP has too, and Windows line ends.
const EDITS: &str = "\
#include <cuda_runtime.h>
#ifdef __CUDACC__
struct Own { int cudaFree, cudaGetLastError; };
int value = __CUDACC__ + 0;
#endif
#define LAST(own) \\
    (own.cudaGetLastError + (int)cudaGetLastError())
inline __host__ __device__ float2 &operator+=(float2 &a, const float2 &b) { a.x += b.x; a.y += b.y; return a; }\r
void release(Own own, void *p) {
    if (LAST(own) && own.cudaFree)
        cudaFree(
            p);
#if __CUDA_ARCH__ >= 600 && !defined(NOT)
    else cudaFree(0);
#endif
}
__global__ void one(float2 *x) { x[0] += x[1]; }
";

/// The targets of a test, and an empty folder for its project. `None` if a compiler is missing.
fn new_project(name: &str) -> Option<(Vec<Target>, PathBuf)> {
    let folder = scratch(name);
    let targets = targets(&folder)?;
    let project = folder.join("project");
    let _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    Some((targets, project))
}

#[test]
fn changes_of_sources_leave_the_preprocessed_cuda_as_it_is() {
    let Some((targets, project)) = new_project("portable-edits") else { return };
    let file = project.join("a.cu");
    fs::write(&file, EDITS).unwrap();
    let cuda = targets.iter().find(|target| target.rocm.is_none()).expect("CUDA is a target");
    let preprocessed = |pass: &Pass| {
        let mut call = cuda.command(pass, &file, &["-std=c++17".into()]);
        let output = call.args(["-E", "-P"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let passes = [Pass::Device("sm_80"), Pass::Host];
    let before = passes.each_ref().map(&preprocessed);
    let ran = Command::new(PROGRAM)
        .args(["portable", "--exit-zero", "--apply-edits", "--rocm", "7.1"])
        .arg(&project)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.matches("defined(__HIP_PLATFORM_AMD__)").count() >= 4, "{text}");
    for (pass, before) in passes.iter().zip(before) {
        assert!(preprocessed(pass) == before, "{pass:?}: {text}");
    }
    let hip = targets.iter().find(|target| target.name == "hip-7.1").expect("HIP is a target");
    for pass in [Pass::Device("gfx942"), Pass::Host] {
        let through = ["-I".into(), project.join("hip_compat").into()];
        let mut call = hip.command(&pass, &file, &through);
        call.args(["-include", "cuda_runtime.h"]);
        assert_eq!(run::run(&mut call), None, "{pass:?} {text}");
    }
}

#[test]
fn an_overlay_compiles_for_both_vendors_and_names_the_sources() {
    let Some((targets, project)) = new_project("portable-overlay") else { return };
    fs::create_dir(project.join("src")).unwrap();
    // The header has a change that adds lines, and an error behind it for HIP alone.
    let header = format!("#pragma once\n{EDITS}");
    let unit = "#include \"../src/edits.h\"\n#include \"edits.h\"\n#ifdef FAIL\n\
                struct Again { int cudaFree; };\nvoid again() { cudaFree(0); }\n\
                static_assert(__LINE__ == 0, \"the line\");\n#endif\n";
    let files = [("src/edits.h", header.as_str()), ("src/a.cu", unit)];
    for (name, text) in files {
        fs::write(project.join(name), text).unwrap();
    }
    let ran = Command::new(PROGRAM)
        .args(["portable", "--exit-zero", "--overlay", "--rocm", "7.1"])
        .arg(&project)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for (name, text) in files {
        assert_eq!(fs::read_to_string(project.join(name)).unwrap(), text, "{name} is unchanged");
    }
    let compat = project.join("hip_compat");
    let mut option = std::ffi::OsString::from("-ivfsoverlay");
    option.push(compat.join("overlay.yaml"));
    let unit = project.join("src/a.cu");
    for target in &targets {
        let Some(rocm) = &target.rocm else {
            for pass in [Pass::Device("sm_80"), Pass::Host] {
                assert_eq!(
                    run::run(&mut target.command(&pass, &unit, &["-std=c++17".into()])),
                    None,
                    "{pass:?}"
                );
            }
            continue;
        };
        if rocm != "7.1" {
            continue;
        }
        for pass in [Pass::Device("gfx942"), Pass::Host] {
            let through = ["-I".into(), compat.clone().into()];
            let command = |more: &[&std::ffi::OsStr]| {
                let mut call = target.command(&pass, &unit, &through);
                call.args(["-include", "cuda_runtime.h"]).args(more).args(lanes(target, &pass));
                call
            };
            let name = &target.name;
            assert_eq!(run::run(&mut command(&[&option])), None, "{name} {pass:?}");
            assert!(run::run(&mut command(&[])).is_some(), "{name} {pass:?}: the sources need the copies");
            let failed = command(&[&option, "-DFAIL".as_ref()]).output().unwrap();
            let text = String::from_utf8_lossy(&failed.stderr).into_owned();
            assert!(text.contains("src/a.cu:6:"), "{name} {pass:?}: {text}");
        }
    }
}

/// The macro that the cooperative groups of ROCm 6.4 in the mix of headers read, and that clang 22 does not define for the host.
fn lanes(target: &Target, pass: &Pass) -> Option<&'static str> {
    (target.name == "clang-22" && *pass == Pass::Host).then_some("-D__AMDGCN_WAVEFRONT_SIZE=64")
}

/// The project for the release of `target`, with its shadow headers. The sources are the same bytes as before.
fn project(folder: &Path, target: &Target) -> PathBuf {
    let project = folder.join(target.name);
    let _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    let files = [("kernel.cu", KERNEL), ("warps.cu", WARPS), ("check.h", CHECK), ("host.cpp", HOST)];
    for (name, text) in files {
        fs::write(project.join(name), text).unwrap();
    }
    let rocm = target.rocm.as_deref().expect("the target is a release of ROCm");
    let mut call = Command::new(PROGRAM);
    call.args(["portable", "--exit-zero", "--arch", "gfx942,gfx1100", "--rocm", rocm]);
    let ran = call.arg(&project).output().expect("the program starts");
    // Every change is a definition of a header.
    let report = String::from_utf8_lossy(&ran.stderr);
    assert!(
        report.contains("4 of 4 files with CUDA need no edit"),
        "{report}{}",
        String::from_utf8_lossy(&ran.stdout)
    );
    for (name, text) in files {
        assert_eq!(fs::read_to_string(project.join(name)).unwrap(), text, "{name} is unchanged");
    }
    project
}

/// The names of the headers in `folder`, as sources include them.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            names.extend(self::names(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}
