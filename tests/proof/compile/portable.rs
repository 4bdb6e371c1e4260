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
            call.args(["-include", "cuda_runtime.h"]);
            assert_eq!(run::run(&mut call), None, "{} {pass:?}", target.name);
            let mut without = target.command(&pass, &project.join("kernel.cu"), &[]);
            assert!(run::run(&mut without).is_some(), "{} {pass:?}: needs no shadow header", target.name);
        }
        for compiler in ["g++", "clang++-19"] {
            let mut call = target.plain(compiler, "-std=c++17", &project.join("host.cpp"));
            call.arg("-I").arg(&headers);
            assert_eq!(run::run(&mut call), None, "{} {compiler}", target.name);
            // Each header alone, then all of them in both orders and twice.
            let names = names(&headers);
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

/// The project for the release of `target`, with its shadow headers. The sources are the same bytes as before.
fn project(folder: &Path, target: &Target) -> PathBuf {
    let project = folder.join(target.name);
    let _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    let files = [("kernel.cu", KERNEL), ("check.h", CHECK), ("host.cpp", HOST)];
    for (name, text) in files {
        fs::write(project.join(name), text).unwrap();
    }
    let rocm = target.rocm.as_deref().expect("the target is a release of ROCm");
    let mut call = Command::new(PROGRAM);
    let ran = call.args(["portable", "--rocm", rocm]).arg(&project).output().expect("the program starts");
    // No finding is left: every change is a definition of a header.
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
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
