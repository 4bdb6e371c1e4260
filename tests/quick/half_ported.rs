//! Projects with a build for HIP in a form that names alone do not show, and names that such a project gives a meaning itself.

use crate::support::Project;

const KERNEL: &[u8] = b"__global__ void fill(int *out) { *out = 1; }\n";

/// A build of CMake with a switch for HIP.
const HIP_OPTION: &[u8] = b"project(app CXX)\noption(APP_ENABLE_HIP \"\" OFF)\nif(APP_ENABLE_HIP)\n  enable_language(HIP)\nelse()\n  \
    enable_language(CUDA)\nendif()\n";

/// Checks that `path` of a project with `files` becomes `expected`; `None` if it stays.
#[track_caller]
fn check(files: &[(&str, &[u8])], path: &str, expected: Option<&str>) {
    let project = Project::of(files);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let before = files.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes);
    let written = String::from_utf8(project.written(path)).unwrap();
    match expected {
        Some(part) => assert!(written.contains(part), "`{part}`: {written}"),
        None => assert_eq!(written, String::from_utf8_lossy(before.expect("the file is one of the project"))),
    }
}

/// The places and words of the findings of `rule` in a project with `files`.
fn found(files: &[(&str, &[u8])], rule: &str) -> Vec<String> {
    let project = Project::of(files);
    let ran = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "concise"]);
    let rule = format!("[{rule}]");
    ran.out.lines().filter(|line| line.contains(&rule)).map(str::to_owned).collect()
}

/// The name of a build file for HIP is a sign, also if the file begins with a comment; the file is no source that an earlier
/// conversion renamed.
#[test]
fn a_makefile_for_hip_that_begins_with_a_comment() {
    let cuda: &[u8] = b"# for NVIDIA\nCC = nvcc\nCFLAGS = -arch=sm_60\nSRC = $(wildcard src/*.cu)\nOBJ = $(SRC:.cu=.o)\n%.o: %.cu\n\t$(CC) $(CFLAGS) -c $<\n";
    let hip: &[u8] = b"######\n# run make -f makefile.hip\n######\nCC = hipcc\nSRC = $(wildcard src/*.cu)\nOBJ = $(SRC:.cu=.o)\n%.o: %.cu\n\t$(CC) -c $<\n";
    let files = [("makefile", cuda), ("makefile.hip", hip), ("src/a.cu", KERNEL)];
    for (path, _) in files {
        check(&files, path, None);
    }
    assert_eq!(found(&files, "own-hip-build").len(), 1);
    assert_eq!(found(&files, "renamed-source"), Vec::<String>::new());
    // Without the file for HIP, the other one is converted.
    check(&[files[0], files[2]], "makefile", Some("CC = hipcc"));
}

/// A Makefile that runs hipcc in one place and nvcc in another has a build for HIP, whatever its conditions are called.
#[test]
fn a_makefile_that_runs_both_compilers() {
    let branches: &[u8] = b"ifdef HIPCONFIG\n  GPUCXX ?= hipcc\nelse\n  GPUCXX ?= nvcc\n  GPUFLAGS += -arch sm_70 -fmad=false\nendif\n%.o: %.cu\n\t$(GPUCXX) $(GPUFLAGS) -c $<\n";
    let recipes: &[u8] = b"NVCC := nvcc\napp-cuda: a.cu\n\t$(NVCC) -O3 -o $@ $<\na.hip: a.cu\n\thipify-perl a.cu > a.hip\napp-hip: a.hip\n\thipcc -O3 -o $@ $<\n";
    let path: &[u8] = b"CUDACC = $(CUDA_PATH)/bin/nvcc\nROCCC = $(ROCM_PATH)/bin/hipcc\napp: a.cu\n\t$(CUDACC) a.cu\napp-amd: a.cu\n\t$(ROCCC) a.cu\n";
    let variables: &[u8] = b"%-cuda: %-cuda.cu\n\t$(NVCC) $(CUDAFLAGS) $< -o $@\n%-hip: %-hip.cc\n\t$(HIPCC) $(HIPFLAGS) $< -o $@\n";
    for makefile in [branches, recipes, path, variables] {
        let files = [("Makefile", makefile), ("a.cu", KERNEL)];
        check(&files, "Makefile", None);
        check(&files, "a.cu", None);
        assert_eq!(found(&files, "own-hip-build").len(), 1, "{}", String::from_utf8_lossy(makefile));
    }
    // A word about hipcc in a comment is no build.
    let comment: &[u8] = b"# CC = hipcc works too\nCC = nvcc\napp: a.cu\n\t$(CC) a.cu\n";
    check(&[("Makefile", comment), ("a.cu", KERNEL)], "Makefile", Some("CC = hipcc\napp: a.hip"));
}

/// A backend that CMake compares by a pattern or in a generator expression.
#[test]
fn backends_in_patterns() {
    let pattern: &[u8] = b"project(app CXX)\nif(APP_BACKEND MATCHES \"ROCM\")\n  find_package(hip)\nelse()\n  enable_language(CUDA)\nendif()\n";
    let generator: &[u8] = b"project(app CXX CUDA)\nadd_library(app a.cu)\ntarget_compile_definitions(app PRIVATE $<$<STREQUAL:${APP_BACKEND},ROCM>:ON_AMD>)\n";
    for build in [pattern, generator] {
        let files = [("CMakeLists.txt", build), ("a.cu", KERNEL)];
        check(&files, "CMakeLists.txt", None);
        assert_eq!(found(&files, "own-hip-build").len(), 1, "{}", String::from_utf8_lossy(build));
    }
    let other: &[u8] =
        b"project(app CXX CUDA)\nif(APP_BACKEND MATCHES \"CUDA\")\n  add_library(app a.cu)\nendif()\n";
    check(&[("CMakeLists.txt", other), ("a.cu", KERNEL)], "CMakeLists.txt", Some("project(app CXX HIP)"));
}

/// Names that a branch for HIP defines keep their meaning in the build for HIP, and NVIDIA's build still has them.
#[test]
fn names_that_a_branch_for_hip_defines() {
    let shim: &[u8] = b"#pragma once\n#ifdef APP_ENABLE_HIP\n#include <hip/hip_runtime.h>\n#define cudaMalloc hipMalloc\nusing cudaStream_t = hipStream_t;\n\
        typedef hipError_t cudaError_t;\nconstexpr auto cudaSuccess = hipSuccess;\n\
        inline hipError_t cuGetErrorString(hipError_t error, const char **text) { *text = hipGetErrorString(error); return hipSuccess; }\n\
        #else\n#include <cuda.h>\n#include <cuda_runtime.h>\n#endif\n";
    let code: &[u8] = b"#include \"shim.h\"\nvoid run(cudaStream_t stream, float **p) {\n  cudaError_t error = cudaMalloc(p, 4);\n  const char *text;\n  \
        if (error != cudaSuccess) cuGetErrorString(error, &text);\n}\n";
    let files = [("CMakeLists.txt", HIP_OPTION), ("shim.h", shim), ("a.cpp", code)];
    check(&files, "a.cpp", None);
    check(&files, "shim.h", None);
    // The shim has no name for it.
    let more: &[u8] = b"#include \"shim.h\"\nvoid stop(float *p) { cudaFree(p); cudaMalloc(&p, 4); }\n";
    check(&[files[0], files[1], ("a.cpp", more)], "a.cpp", Some("hipFree(p); cudaMalloc(&p, 4)"));
    // A source that does not include the shim cannot be one of the build for HIP.
    let apart: &[u8] = b"#include <cuda_runtime.h>\nvoid stop(float *p) { cudaMalloc(&p, 4); }\n";
    check(&[files[0], files[1], ("a.cpp", apart)], "a.cpp", Some("hipMalloc(&p, 4)"));
    // A project without a build for HIP is translated.
    check(&[files[1], files[2]], "a.cpp", Some("hipMalloc(p, 4)"));
}

/// The build for HIP creates its textures as HIP does, so fetches are not replaced by those of software textures.
#[test]
fn textures_of_a_project_with_a_build_for_hip() {
    let code: &[u8] = b"#include \"shim.h\"\n__global__ void read(cudaTextureObject_t t, float *out) { out[0] = tex2D<float>(t, 0.5f, 0.5f); }\n";
    let shim: &[u8] = b"#ifdef APP_ENABLE_HIP\n#include <hip/hip_runtime.h>\n#define cudaTextureObject_t hipTextureObject_t\n#define cudaMallocArray hipMallocArray\n#endif\n\
        inline void make(cudaTextureObject_t *t) { cudaMallocArray(0, 0, 1, 1); }\n";
    let files = [("CMakeLists.txt", HIP_OPTION), ("shim.h", shim), ("a.cu", code)];
    check(&files, "a.cu", None);
    assert_eq!(found(&files, "texture-object").len(), 1);
}

/// Two groups beside each other, one for each vendor, show what the macro for NVIDIA means in all files. A word such as
/// `SUPPORT` behind the vendor does not matter.
#[test]
fn groups_beside_each_other_in_another_file() {
    let both: &[u8] = b"#if defined(APP_DEV_CUDA_SUPPORT)\n#include <cuda_runtime.h>\n#endif\n#if defined(APP_DEV_HIP_SUPPORT)\n#include <hip/hip_runtime.h>\n#endif\n";
    let chain: &[u8] = b"#if defined(APP_DEV_CUDA_SUPPORT)\n#include <cuda_runtime.h>\n#elif defined(APP_DEV_HIP_SUPPORT)\n#include <hip/hip_runtime.h>\n#endif\n";
    let code: &[u8] = b"#if defined(APP_DEV_CUDA_SUPPORT)\nvoid stop(void *p) { cudaFree(p); }\n#endif\n";
    for header in [both, chain] {
        let files = [("CMakeLists.txt", HIP_OPTION), ("gpu.h", header), ("a.cpp", code)];
        check(&files, "gpu.h", None);
        check(&files, "a.cpp", None);
    }
    // A project without a build for HIP defines the macro for NVIDIA, so its code is translated.
    check(&[("a.cpp", code)], "a.cpp", Some("hipFree(p)"));
}

/// Of switches for a tool of each vendor, the build for HIP never defines NVIDIA's.
#[test]
fn switches_for_tools_of_both_vendors() {
    let code: &[u8] = b"#ifdef APP_HAS_NVPROF\n#include <nvToolsExt.h>\n#endif\n#ifdef APP_HAS_ROCTRACER\n#include <roctx.h>\n#endif\nvoid mark() {\n\
        #ifdef APP_HAS_NVPROF\n  nvtxMarkA(\"a\");\n#endif\n#ifdef APP_HAS_ROCTRACER\n  roctxMark(\"a\");\n#endif\n}\n";
    check(&[("CMakeLists.txt", HIP_OPTION), ("a.cpp", code)], "a.cpp", None);
    let nvtx: &[u8] = b"#if defined(APP_USE_NVTX)\nvoid a() { nvtxRangePop(); }\n#endif\n#if defined(APP_USE_ROCTRACER)\nvoid b() { roctxRangePop(); }\n#endif\n";
    check(&[("CMakeLists.txt", HIP_OPTION), ("a.cpp", nvtx)], "a.cpp", None);
    let alone: &[u8] = b"#ifdef APP_USE_NVTX\nvoid a() { nvtxRangePop(); }\n#endif\n";
    check(&[("CMakeLists.txt", HIP_OPTION), ("a.cpp", alone)], "a.cpp", Some("roctxRangePop();"));
}

/// A program that opens CUDA's library at run time declares CUDA's types by itself. These are its own, in all files that
/// include the declarations.
#[test]
fn an_interface_that_the_project_declares() {
    let header: &[u8] = b"#include <stddef.h>\ntypedef enum cudaError_enum { CUDA_SUCCESS = 0, CU_RESULT_MAX = 0x7fffffff } CUresult;\n\
        typedef int CUdevice;\ntypedef struct CUctx_st *CUcontext;\ntypedef unsigned long long CUdeviceptr;\n\
        extern CUresult (*app_cuCtxGetCurrent)(CUcontext *context);\nextern CUresult (*app_cuDeviceGet)(CUdevice *device, int ordinal);\n";
    let code: &[u8] = b"#include \"driver.h\"\nint open(CUdevice *device) {\n  CUcontext context;\n  CUdeviceptr at = 0;\n  \
        if (app_cuCtxGetCurrent(&context) != CUDA_SUCCESS) return 1;\n  return app_cuDeviceGet(device, 0) == CUDA_SUCCESS && at == 0;\n}\n";
    let files = [("driver.h", header), ("open.c", code)];
    check(&files, "driver.h", None);
    check(&files, "open.c", None);
    // A file with CUDA's header does not get these declarations.
    let other: &[u8] = b"#include <cuda.h>\nint main() { CUdevice device; return cuDeviceGet(&device, 0) == CUDA_SUCCESS; }\n";
    check(
        &[files[0], files[1], ("main.cpp", other)],
        "main.cpp",
        Some("hipDeviceGet(&device, 0) == hipSuccess"),
    );
    // Without enumerators of its own, a declaration is one of CUDA's types again.
    let again: &[u8] = b"typedef struct CUctx_st *CUcontext;\nvoid use(CUcontext context);\n";
    check(&[("again.h", again)], "again.h", Some("typedef struct ihipCtx_t *hipCtx_t;"));
}

/// `hipcc --version` prints something else than nvcc, so a command that reads the output is reported.
#[test]
fn commands_that_read_the_version_of_nvcc() {
    let script: &[u8] = b"#!/bin/sh\nNVCC=\"${1:-nvcc}\"\nA=$($NVCC --version | grep release | sed 's/.*release //')\nB=`nvcc -V | tail -1`\n\
        ${CUDA_HOME}/bin/nvcc --version | grep release\nC=$(nvcc --version)\nnvcc --version\n$NVCC -Vx a.cu\ngcc --version | head -1\n";
    let lines = found(&[("version.sh", script), ("a.cu", KERNEL)], "nvcc-version-output");
    let starts: Vec<&str> = lines.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(starts, ["p/version.sh:3:5", "p/version.sh:4:4", "p/version.sh:5:1", "p/version.sh:6:5"]);
    let make: &[u8] = b"NVCC = nvcc\nRELEASE := $(shell $(NVCC) --version | grep release)\napp: a.cu\n\t$(NVCC) --version\n\t$(NVCC) a.cu\n";
    let lines = found(&[("Makefile", make), ("a.cu", KERNEL)], "nvcc-version-output");
    assert!(lines.len() == 1 && lines[0].starts_with("p/Makefile:2:20:"), "{lines:?}");
    let build: &[u8] = b"project(app CXX CUDA)\nexecute_process(COMMAND nvcc --version OUTPUT_VARIABLE text)\nexecute_process(COMMAND nvcc --version)\nadd_library(app a.cu)\n";
    let files = [("CMakeLists.txt", build), ("a.cu", KERNEL)];
    let lines = found(&files, "nvcc-version-output");
    assert!(lines.len() == 1 && lines[0].starts_with("p/CMakeLists.txt:2:25:"), "{lines:?}");
    check(
        &files,
        "CMakeLists.txt",
        Some("nvcc --version OUTPUT_VARIABLE text)\nexecute_process(COMMAND hipcc --version)"),
    );
    // Beside a build for HIP, the script is for NVIDIA's.
    let files = [("version.sh", script), ("a.cu", KERNEL), ("CMakeLists.txt", HIP_OPTION)];
    assert_eq!(found(&files, "nvcc-version-output"), Vec::<String>::new());
}

/// A folder of the toolkit whose release is in a variable becomes the folder of ROCm as a whole.
#[test]
fn a_folder_with_a_release_in_a_variable() {
    let script: &[u8] = b"#!/bin/sh\nexport CUDA_HOME=/usr/local/cuda-${RELEASE}\nexport PATH=/usr/local/cuda-$RELEASE/bin:$PATH\n\
        export LD_LIBRARY_PATH=/usr/local/cuda-${RELEASE%.*}/lib64\n";
    let files = [("env.sh", script), ("a.cu", KERNEL)];
    check(&files, "env.sh", Some("export ROCM_PATH=/opt/rocm\nexport PATH=/opt/rocm/bin:$PATH\n"));
    check(&files, "env.sh", Some("LD_LIBRARY_PATH=/opt/rocm/lib\n"));
    let make: &[u8] =
        b"CUDA_PATH = /usr/local/cuda-$(RELEASE)\nNVCC = $(CUDA_PATH)/bin/nvcc\napp: a.cu\n\t$(NVCC) a.cu\n";
    check(&[("Makefile", make), ("a.cu", KERNEL)], "Makefile", Some("ROCM_PATH = /opt/rocm\n"));
}

/// Options that other programs have too count only on command lines of nvcc.
#[test]
fn options_of_other_programs() {
    let script: &[u8] = b"#!/bin/sh\ngenhtml all.info --output-directory html\ncp --target-directory out a.txt\nnvcc --output-directory out -c a.cu\n";
    let lines = found(&[("report.sh", script), ("a.cu", KERNEL)], "--output-directory=*");
    assert!(lines.len() == 1 && lines[0].starts_with("p/report.sh:4:"), "{lines:?}");
    assert_eq!(found(&[("report.sh", script)], "--target-directory=*"), Vec::<String>::new());
}

/// The build for HIP compiles all code of the project, so code behind macros of nvcc and of CUDA's releases is NVIDIA's.
#[test]
fn macros_of_cuda_in_a_project_that_compiles_for_hip() {
    let code: &[u8] = b"#include \"gpu.h\"\n#if defined(__CUDA_ARCH__) && defined(NDEBUG)\n__device__ void stop() { __trap(); }\n#endif\n\
        void id(gpuStream_t s) {\n#if CUDART_VERSION >= 12000\n  unsigned long long id; cudaStreamGetId(s, &id);\n#else\n  print(s);\n#endif\n}\n\
        #if defined(__CUDACC_VER_MAJOR__) && (__CUDACC_VER_MAJOR__ >= 9)\n__device__ int up(int x) { return __shfl_up_sync(0xffffffff, x, 1, 32); }\n#endif\n\
        #ifdef __CUDACC__\n#include <cub/cub.cuh>\n#endif\n";
    check(&[("CMakeLists.txt", HIP_OPTION), ("a.cu", code)], "a.cu", None);
    // The project defines the macro for HIP itself.
    let own: &[u8] = b"#pragma once\n#ifdef APP_ENABLE_HIP\n#define __CUDA_ARCH__ 800\n#endif\n";
    let trap: &[u8] =
        b"#include \"gpu.h\"\n#ifdef __CUDA_ARCH__\n__device__ void stop() { __trap(); }\n#endif\n";
    let files = [("CMakeLists.txt", HIP_OPTION), ("gpu.h", own), ("a.cu", trap)];
    check(&files, "a.cu", Some("__builtin_trap()"));
    // Another folder has no build for HIP, so its code is not compiled for HIP yet.
    let apart = [("lib/CMakeLists.txt", HIP_OPTION), ("lib/a.cu", trap), ("app/b.cu", trap)];
    check(&apart, "app/b.hip", Some("__builtin_trap()"));
    // A script translates the code, and with it the macros, before HIP compiles it.
    let script: &[u8] = b"#!/bin/sh\nhipify-perl -inplace src/*.cu\n";
    check(&[files[0], ("hipify.sh", script), ("a.cu", trap)], "a.cu", Some("__builtin_trap()"));
}

/// Sources that only a branch for NVIDIA of the build names are NVIDIA's.
#[test]
fn sources_behind_a_switch_for_nvidia() {
    let build: &[u8] = b"project(app CXX)\noption(APP_ENABLE_HIP \"\" OFF)\nif(APP_ENABLE_CUDA AND NOT APP_STATIC)\n  enable_language(CUDA)\n\
        \x20 add_executable(bench bench.cu ${CMAKE_CURRENT_SOURCE_DIR}/both.cc)\nelse()\n  add_executable(bench both.cc)\nendif()\n\
        if(APP_ENABLE_CUDA OR APP_ENABLE_HIP)\n  add_library(gpu gpu.cu)\nendif()\nif(NOT APP_ENABLE_CUDA)\n  add_library(other other.cc)\nendif()\n";
    let code: &[u8] = b"#include \"x.h\"\nvoid run(void *p) { cudaFree(p); }\n";
    let files = [
        ("CMakeLists.txt", build),
        ("bench.cu", code),
        ("both.cc", code),
        ("gpu.cu", code),
        ("other.cc", code),
        ("sub/bench.cu", code),
    ];
    check(&files, "bench.cu", None);
    for path in ["both.cc", "gpu.cu", "other.cc", "sub/bench.cu"] {
        check(&files, path, Some("hipFree(p)"));
    }
}

/// Beside `a.cuda.cc` and `a.hip.cc`, all files that are marked in the same way are NVIDIA's.
#[test]
fn sources_with_a_mark_in_their_names() {
    let code: &[u8] = b"#include \"x.h\"\nvoid run(void *p) { cudaFree(p); }\n";
    let hip: &[u8] = b"#include <hip/hip_runtime.h>\nvoid run(void *p) { hipFree(p); }\n";
    let files = [
        ("s/a.cuda.cc", code),
        ("s/a.hip.cc", hip),
        ("s/b.cuda.cc", code),
        ("t/c.cuda.cc", code),
        ("s/d.cc", code),
    ];
    check(&files, "s/a.cuda.cc", None);
    check(&files, "s/b.cuda.cc", None);
    check(&files, "t/c.cuda.cc", Some("hipFree(p)"));
    check(&files, "s/d.cc", Some("hipFree(p)"));
}

/// A project without `.cu` files, whose Makefile or folder of settings has a compiler of each vendor.
#[test]
fn settings_for_each_vendor_without_cuda_files() {
    let make: &[u8] = b"SRC = cpu.c\nifeq ($(TARGET),nvcc)\nSRC = gpu_cuda.c\nendif\nifeq ($(TARGET),hipcc)\nSRC = gpu_hip.c\nendif\nall:\n\t$(CC) $(SRC)\n";
    check(&[("Makefile", make), ("a.c", b"int x;\n")], "Makefile", None);
    let nvidia: &[u8] = b"CC = nvcc\nCFLAGS = -arch=sm_60 -x cu -dc\nLDFLAGS = -arch=sm_60\n";
    let amd: &[u8] = b"CC = hipcc\nCFLAGS = -x hip -fgpu-rdc\n";
    let files = [("config/nvidia.mk", nvidia), ("config/amd.mk", amd), ("config/old/titan.mk", nvidia)];
    check(&files, "config/nvidia.mk", None);
    check(&files, "config/old/titan.mk", None);
    check(&files[..1], "config/nvidia.mk", Some("CC = hipcc"));
}

/// A copy of Eigen compiles for HIP by itself.
#[test]
fn a_copy_of_eigen_stays() {
    let macros: &[u8] =
        b"#if defined(__CUDACC__) && !defined(EIGEN_NO_CUDA)\n#define EIGEN_CUDACC __CUDACC__\n#endif\n\
        #if defined(__HIPCC__)\n#define EIGEN_HIPCC __HIPCC__\n#endif\n";
    let meta: &[u8] =
        b"#if defined(EIGEN_CUDA_ARCH)\ninline float most() { return CUDART_MAX_NORMAL_F; }\n#endif\n";
    let files = [
        ("src/Eigen/src/Core/util/Macros.h", macros),
        ("src/Eigen/src/Core/util/Meta.h", meta),
        ("CMakeLists.txt", b"project(app CUDA CXX)\ninclude_directories(src/Eigen)\nadd_library(app a.cu)\n"),
        ("a.cu", KERNEL),
    ];
    check(&files, files[0].0, None);
    check(&files, files[1].0, None);
    check(
        &files,
        "CMakeLists.txt",
        Some("project(app HIP CXX)\ninclude_directories(src/Eigen)\nadd_library(app a.hip)"),
    );
    assert_eq!(found(&files, "vendored-library"), Vec::<String>::new());
}

/// Containers, workflows and set-ups of NVIDIA's build have neither changes nor findings beside a build for HIP.
#[test]
fn set_ups_for_nvidia_beside_a_build_for_hip() {
    let setup: &[u8] = b"import os\ninclude = [os.path.join(os.environ[\"CUDA_HOME\"], 'include')]\nflags = ['-arch=sm_80']\n";
    let workflow: &[u8] = b"jobs:\n  cuda:\n    container: nvidia/cuda:12.4.0-devel-ubuntu22.04\n    steps:\n      - run: nvidia-smi\n";
    let packages: &[u8] = b"dependencies:\n  - pip:\n    - torch==2.7.1+cu128\n";
    let files = [
        ("CMakeLists.txt", HIP_OPTION),
        ("binding/setup.py", setup),
        (".github/workflows/ci.yml", workflow),
        ("environment.yml", packages),
        ("a.cu", KERNEL),
    ];
    for (path, _) in files {
        check(&files, path, None);
    }
    for rule in ["nvidia/cuda", "nvidia-smi", "cuda-wheel"] {
        assert_eq!(found(&files, rule), Vec::<String>::new());
        assert!(!found(&files[1..], rule).is_empty(), "{rule}");
    }
}

/// The language of the linker, an option of nvcc whose value clang has no word for, and a folder of an environment module.
#[test]
fn values_of_properties_options_and_variables() {
    let build: &[u8] = b"project(app CUDA CXX)\nadd_library(app a.cu)\nset_target_properties(app PROPERTIES LINKER_LANGUAGE CUDA CUDA_STANDARD 17)\n\
        target_compile_options(app PRIVATE \"$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings>\")\n";
    let files = [("CMakeLists.txt", build), ("a.cu", KERNEL)];
    check(&files, "CMakeLists.txt", Some("PROPERTIES LINKER_LANGUAGE HIP HIP_STANDARD 17)"));
    check(&files, "CMakeLists.txt", Some("SHELL:-Werror>"));
    let make: &[u8] = b"CUDA_ROOT = $(CUDATOOLKIT_HOME)\nNVARCH = -arch=sm_80\napp: a.cu\n\tnvcc $(NVARCH) -I$(CUDA_ROOT)/extra a.cu\n";
    let files = [("Makefile", make), ("a.cu", KERNEL)];
    check(&files, "Makefile", Some("CUDA_ROOT = $(CUDATOOLKIT_HOME)\n"));
    assert!(found(&files, "cuda-folder")[0].starts_with("p/Makefile:1:13:"));
    let script: &[u8] = b"CUDA_PATH=/usr/local/cuda-${MAJOR}.${MINOR}\nexport PATH=$CUDA_PATH/bin:$PATH\n";
    check(&[("env.sh", script), files[1]], "env.sh", Some("ROCM_PATH=/opt/rocm\nexport PATH=$ROCM_PATH/bin"));
}

/// A header that stands in for CUDA where the project is built without it. Its names follow those of the code.
#[test]
fn a_header_for_builds_without_cuda() {
    let fake: &[u8] = b"#pragma once\nnamespace app {\nenum Fake { cudaSuccess = 0, cudaMemcpyDeviceToHost = 2 };\nusing cudaError_t = int;\n\
        inline cudaError_t cudaFree(void *) { return cudaSuccess; }\n}\n";
    let code: &[u8] =
        b"namespace app {\nbool stop(void *p) { cudaError_t e = cudaFree(p); return e == cudaSuccess; }\n}\n";
    let with = |include: &str| [include.as_bytes(), code].concat();
    for include in [
        "#ifndef APP_WITH_CUDA\n#include \"fake.h\"\n#else\n#include <cuda_runtime.h>\n#endif\n",
        "#ifdef APP_WITH_CUDA\n#include <cuda_runtime.h>\n#else\n#include \"fake.h\"\n#endif\n",
        "#if !defined(APP_WITH_CUDA)\n#include \"fake.h\"\n#endif\n",
    ] {
        let source = with(include);
        let files = [("fake.h", fake), ("a.cpp", source.as_slice())];
        check(&files, "a.cpp", Some("{ hipError_t e = hipFree(p); return e == hipSuccess; }"));
        check(
            &files,
            "fake.h",
            Some("enum Fake { hipSuccess = 0, hipMemcpyDeviceToHost = 2 };\nusing hipError_t = int;\n"),
        );
        check(&files, "fake.h", Some("inline hipError_t hipFree(void *) { return hipSuccess; }"));
    }
    // A header that every build includes has names of the project.
    let source = with("#include \"fake.h\"\n");
    check(&[("fake.h", fake), ("a.cpp", source.as_slice())], "fake.h", None);
}

/// Options of a switch for NVIDIA, and switches for libraries that ROCm has no counterpart for.
#[test]
fn switches_that_no_build_for_hip_has() {
    let both: &[u8] = b"#if defined(APP_ENABLE_CUDA)\n#include <cuda_runtime.h>\n#elif defined(APP_ENABLE_HIP)\n#include <hip/hip_runtime.h>\n#endif\n";
    let graphs: &[u8] = b"#ifdef APP_ENABLE_CUDA_GRAPH\nvoid run(cudaGraphExec_t g, cudaStream_t s) { cudaGraphLaunch(g, s); }\n#endif\n";
    let solver: &[u8] = b"#ifdef APP_USE_CUDSS\n#define REAL CUDA_R_64F\n#endif\n";
    let files = [("CMakeLists.txt", HIP_OPTION), ("gpu.h", both), ("a.cpp", graphs), ("b.cpp", solver)];
    check(&files, "a.cpp", None);
    check(&files, "b.cpp", None);
    let other: &[u8] = b"#ifdef APP_ENABLE_GRAPH\nvoid run(cudaGraphExec_t g, cudaStream_t s) { cudaGraphLaunch(g, s); }\n#endif\n";
    check(&[files[0], files[1], ("a.cpp", other)], "a.cpp", Some("hipGraphLaunch(g, s)"));
    check(&files[2..], "a.cpp", Some("hipGraphLaunch(g, s)"));
    check(&files[2..], "b.cpp", Some("HIP_R_64F"));
}

/// Commands that fill or remove the folder of the toolkit, also if another program runs them.
#[test]
fn commands_that_change_the_toolkit() {
    let script: &[u8] = b"#!/bin/sh\nbuildah run $ctr rm -f /usr/local/cuda\nsudo tar xf cudnn.tgz --strip-components=1 -C /usr/local/cuda\nls /usr/local/cuda/include\n";
    let files = [("util.sh", script), ("a.cu", KERNEL)];
    check(&files, "util.sh", Some("rm -f /usr/local/cuda\n"));
    check(&files, "util.sh", Some("-C /usr/local/cuda\nls /opt/rocm/include\n"));
    assert_eq!(found(&files, "cuda-folder").len(), 2);
}

/// An option that only nvcc has, and that a build passes to the host compiler by mistake, becomes clang's.
#[test]
fn options_of_nvcc_for_the_host_compiler() {
    let build: &[u8] = b"project(app CUDA CXX)\nadd_library(app a.cu)\nset(CMAKE_CUDA_FLAGS \"${CMAKE_CUDA_FLAGS} --compiler-options -rdynamic --compiler-options -lineinfo\")\n";
    let files = [("CMakeLists.txt", build), ("a.cu", KERNEL)];
    check(&files, "CMakeLists.txt", Some("\"${CMAKE_HIP_FLAGS} -rdynamic -gline-tables-only\""));
}

/// A variable whose value a program of another package prints.
#[test]
fn a_folder_that_a_program_prints() {
    let make: &[u8] = b"CUDA_HOME ?= $(shell python -c 'from torch.utils.cpp_extension import _find_cuda_home; print(_find_cuda_home())')\napp: a.cu\n\tnvcc -I$(CUDA_HOME)/include a.cu\n";
    let files = [("Makefile", make), ("a.cu", KERNEL)];
    check(&files, "Makefile", Some("CUDA_HOME ?= $(shell python"));
    assert_eq!(found(&files, "cuda-folder").len(), 1);
}

/// A link that ends in `.cu` makes the build compile a source of C++ for GPUs.
#[cfg(unix)]
#[test]
fn a_link_to_a_source_of_another_language() {
    let build: &[u8] = b"project(app CUDA CXX)\nadd_library(app src/entry.cu b.cu src/c.cu)\n";
    let code: &[u8] = b"void stop(void *p) { cudaFree(p); }\n";
    let project = Project::of(&[("CMakeLists.txt", build), ("src/entry.cpp", code), ("b.cu", KERNEL)]);
    std::os::unix::fs::symlink("entry.cpp", project.path("src/entry.cu")).unwrap();
    std::os::unix::fs::symlink("../b.cu", project.path("src/c.cu")).unwrap();
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("CMakeLists.txt")).unwrap();
    assert!(written.contains("add_library(app src/entry.hip b.hip src/c.hip)"), "{written}");
    for (link, target) in [("src/entry.hip", "entry.cpp"), ("src/c.hip", "../b.hip")] {
        assert_eq!(std::fs::read_link(project.output(link)).unwrap().to_str(), Some(target));
    }
}

/// Two options without a counterpart on a line of their own are removed together.
#[test]
fn options_on_a_line_of_their_own() {
    let setup: &[u8] = b"from torch.utils.cpp_extension import CUDAExtension\nflags = [\n    '-O3',\n    '--expt-extended-lambda', '--expt-relaxed-constexpr',\n    '-g',\n]\n\
        CUDAExtension(name='x', sources=['a.cu'], extra_compile_args={'nvcc': flags})\n";
    let files = [("setup.py", setup), ("a.cu", KERNEL)];
    check(&files, "setup.py", Some("flags = [\n    '-O3',\n    \n    '-g',\n] if IS_HIP_EXTENSION else ["));
    assert_eq!(found(&files, "conflict"), Vec::<String>::new());
}
