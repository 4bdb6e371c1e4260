//! Projects that build for HIP already: the finding that says so, what stays as it is, and what is still converted.

use crate::support::Project;

const KERNEL: &[u8] = b"__global__ void fill(int *out) { *out = 1; }\n";
const CUDA_CMAKE: &[u8] =
    b"cmake_minimum_required(VERSION 3.21)\nproject(app CUDA CXX)\nadd_library(app a.cu)\n";

/// Checks the finding of a project with `files` and the kernel `a.cu`: `None` if there is none, otherwise parts of its text.
/// With a build for HIP, `a.cu` keeps its name.
#[track_caller]
fn check(files: &[(&str, &[u8])], expected: Option<&[&str]>) {
    let project = Project::of(files);
    project.write("a.cu", KERNEL);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains("[own-hip-build]")).collect();
    let Some(parts) = expected else {
        assert!(found.is_empty(), "{}", ran.out);
        assert!(project.output("a.hip").is_file(), "the kernel has the name of a HIP source");
        return;
    };
    assert_eq!(found.len(), 1, "one finding:\n{}", ran.out);
    assert!(ran.out.starts_with(found[0]), "it comes first:\n{}", ran.out);
    // The way to build is in the help, which only the full form has.
    let full = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "full"]).out;
    let full = full.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(
            found[0].contains(part) || full.contains(&format!("build it with {part}")),
            "`{part}`: {full}"
        );
    }
    assert!(project.output("a.cu").is_file(), "the kernel keeps its name");
    for (path, bytes) in files {
        assert_eq!(project.written(path), *bytes, "{path} stays as it is");
    }
}

#[test]
fn options_and_languages_of_cmake() {
    let option = b"project(app CXX)\noption(APP_ENABLE_ROCM \"for AMD\" OFF)\nif(NOT APP_ENABLE_ROCM)\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", option)], Some(&["`CMakeLists.txt:2`"]));
    let backend = b"project(app CXX)\nif(${APP_BACKEND} STREQUAL \"cuda\")\n  enable_language(CUDA)\nelseif(${APP_BACKEND} STREQUAL \"hip\")\n  enable_language(HIP)\nendif()\n";
    check(&[("CMakeLists.txt", backend)], Some(&["`CMakeLists.txt:5`"]));
    let property = b"project(app CXX CUDA)\nset_source_files_properties(a.cu PROPERTIES LANGUAGE HIP)\n";
    check(&[("CMakeLists.txt", property)], Some(&["`CMakeLists.txt:2`"]));
}

#[test]
fn makefiles_scripts_and_set_ups() {
    let make: &[u8] = b"app: a.cu\n\tnvcc -o app a.cu\n";
    check(
        &[("Makefile", make), ("makefile.hip", b"app: a.cu\n\thipcc -o app a.cu\n")],
        Some(&["`makefile.hip:1`"]),
    );
    let switch = b"ifeq ($(USE_HIP),1)\nCC = hipcc\nelse\nCC = nvcc\nendif\napp: a.cu\n\t$(CC) a.cu\n";
    check(&[("Makefile", switch)], Some(&["`Makefile:1`"]));
    let setup = b"import torch\nflags = []\nif torch.version.hip:\n    flags += ['-DON_AMD']\n";
    check(&[("setup.py", setup)], Some(&["`setup.py:3`"]));
    let builder: &[u8] = b"class Builder:\n    def args(self):\n        if self.is_rocm_pytorch():\n            return []\n        return ['-lineinfo']\n";
    check(&[("ops/builder.py", builder), ("setup.py", setup)], Some(&["`setup.py:3`"]));
    let cargo = b"fn main() {\n    if cfg!(feature = \"rocm\") { hip() } else { nvcc() }\n}\n";
    check(&[("build.rs", cargo)], Some(&["`build.rs:2`"]));
}

/// Builds that choose the vendor by the value of a variable, and HIP as the default of a project.
#[test]
fn backends_and_defaults() {
    let make = b"GPU_BACKEND ?= HIP\nifeq ($(GPU_BACKEND),HIP)\nCC = hipcc\nelse\nCC = nvcc\nendif\napp: a.cu\n\t$(CC) a.cu\n";
    check(&[("Makefile", make)], Some(&["`Makefile:2`", "`make GPU_BACKEND=hip`"]));
    let settings: &[u8] = b"include make.inc.$(ARCH)\napp: a.cu\n\t$(CC) -o app a.cu\n";
    check(&[("Makefile", settings), ("make.inc.hip", b"CC = hipcc\n")], Some(&["`make.inc.hip:1`"]));
    let default = b"project(app CXX)\noption(USE_HIP \"\" ON)\nif(USE_HIP)\n  enable_language(HIP)\nelse()\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", default)], Some(&["`CMakeLists.txt:2`", "`cmake -DUSE_HIP=ON`"]));
    let only = b"project(app CXX HIP)\nadd_library(app a.cu)\nset_source_files_properties(a.cu PROPERTIES LANGUAGE HIP)\n";
    check(&[("CMakeLists.txt", only)], Some(&["`CMakeLists.txt:3`"]));
    let preset: &[u8] =
        b"{\"configurePresets\": [{\"name\": \"amd\", \"cacheVariables\": {\"LANG\": \"HIP\"}}]}\n";
    let language: &[u8] = b"project(app CXX)\nenable_language(${LANG})\nadd_library(app a.cu)\n";
    check(
        &[("CMakeLists.txt", language), ("CMakePresets.json", preset)],
        Some(&["`CMakePresets.json:1`", "`cmake --preset NAME`"]),
    );
}

/// Switches in other forms: a macro around `option`, a name that ends in `BACKEND`, a list of vendors, a source without `.cu`.
#[test]
fn other_switches_of_cmake() {
    let macros = b"project(app CXX)\nset_app_option(GPU  APP_ENABLE_HIP  \"Use HIP\" OFF)\nif(APP_ENABLE_CUDA)\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", macros)], Some(&["`CMakeLists.txt:2`", "`cmake -DAPP_ENABLE_HIP=ON`"]));
    let backend = b"project(app CXX)\noption(APP_AMD_BACKEND\n  \"for AMD\"\n  OFF)\nif(NOT APP_AMD_BACKEND)\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", backend)], Some(&["`cmake -DAPP_AMD_BACKEND=ON`"]));
    let list = b"project(app CXX)\nset(APP_BACKENDS NONE CUDA HIP)\nif(APP_BACKEND STREQUAL CUDA)\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", list)], Some(&["`CMakeLists.txt:2`"]));
    let plain =
        b"project(app CXX)\nif(APP_CUDA)\n  enable_language(CUDA)\nelseif(APP_HIP)\n  setup_hip()\nendif()\n";
    let project = Project::of(&[("CMakeLists.txt", plain), ("a.c", b"void f() { cudaFree(0); }\n")]);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(ran.out.contains("[own-hip-build]"), "{}", ran.out);
    assert_eq!(project.written("CMakeLists.txt"), plain);
}

/// Scripts, containers and workflows beside a build for HIP start NVIDIA's build, which still has its variables.
#[test]
fn scripts_and_containers_beside_a_build_for_hip() {
    let cmake: &[u8] =
        b"project(app CXX)\noption(USE_HIP \"\" OFF)\nif(NOT USE_HIP)\n  enable_language(CUDA)\nendif()\n";
    let script: &[u8] = b"#!/bin/sh\nexport CUDA_HOME=/usr/local/cuda\ncmake -DCUDA=$CUDA_HOME\n";
    let docker: &[u8] = b"FROM nvidia/cuda:12.4.0-devel\nENV CUDA_HOME /usr/local/cuda\n";
    let workflow: &[u8] = b"jobs:\n  cuda:\n    env:\n      CUDACXX: clang++\n";
    let files = [
        ("CMakeLists.txt", cmake),
        ("ci.sh", script),
        ("Dockerfile", docker),
        (".github/workflows/cuda.yml", workflow),
    ];
    check(&files, Some(&["`CMakeLists.txt:2`"]));
}

#[test]
fn environments_and_other_builds() {
    let cargo = b"fn main() {\n    let hip = std::env::var(\"USE_HIP\").is_ok();\n}\n";
    check(&[("build.rs", cargo)], Some(&["`build.rs:2`", "`USE_HIP=1 cargo build`"]));
    let setup = b"import os\nif os.environ.get(\"BUILD_ROCM\", \"0\") == \"1\":\n    pass\n";
    check(&[("setup.py", setup)], Some(&["`setup.py:2`", "`BUILD_ROCM=1 python -m pip install ./`"]));
    let generated: &[u8] = b"#! /bin/sh\ncat <<EOF\n  --with-hip              Use HIP for AMD GPUs\nEOF\n";
    let rule: &[u8] = b"ifeq ($(use_cuda), 1)\nCC = nvcc\nendif\nall:\n\t$(CC) a.cu\n";
    check(&[("configure", generated), ("test/Makefile", rule)], Some(&["`./configure --with-hip`"]));
    let configure = b"AC_INIT([x], [1])\nAC_ARG_WITH([hip], [], [hip=yes], [hip=no])\n";
    let make = b"app: a.cu\n\t$(NVCC) -o app a.cu\n";
    check(&[("configure.ac", configure), ("Makefile.am", make)], Some(&["`./configure --with-hip`"]));
    let configure = b"AC_INIT([x], [1])\nCHECK_PKG_ROCM()\nAM_CONDITIONAL([HAVE_ROCM], [test $rocm = 1])\n";
    check(&[("configure.ac", configure), ("Makefile.am", make)], Some(&["`./configure --with-rocm`"]));
    let llama: &[u8] = b"ifeq ($(BUILD_TYPE),hipblas)\nCXX = clang++\nendif\napp: a.cu\n\tnvcc -o app a.cu\n";
    check(&[("Makefile", llama)], Some(&["`Makefile:1`", "`make BUILD_TYPE=hipblas`"]));
    let meson = b"project('x', 'cpp')\nif get_option('hip')\n  hipcc = find_program('hipcc')\nendif\n";
    check(&[("meson.build", meson)], Some(&["`meson.build:2`", "`meson setup -Dhip=true build`"]));
    let ninja = b"rule hip\n  command = hipcc -c $in -o $out\nrule cuda\n  command = nvcc -c $in -o $out\nbuild a.o: hip a.cu\n";
    check(&[("build.ninja", ninja)], Some(&["`build.ninja:2`"]));
    let script =
        b"#!/bin/sh\nif [ \"$USE_ROCM\" = 1 ]; then\n  hipcc -o app a.cu\nelse\n  nvcc -o app a.cu\nfi\n";
    check(&[("build.sh", script)], Some(&["`build.sh:3`", "`sh build.sh`"]));
}

#[test]
fn a_project_for_nvidia_alone_is_converted() {
    // A variable that compares processors, and a setting of ROCm's folder.
    let vendor = b"ifeq ($(CPU_VENDOR),amd)\nCFLAGS += -march=znver3\nendif\napp: a.cu\n\tnvcc a.cu\n";
    check(&[("Makefile", vendor)], None);
    check(&[("setup.py", b"import os\nos.environ.get(\"ROCM_HOME\")\n")], None);
    check(&[("CMakeLists.txt", CUDA_CMAKE)], None);
    // The word is in a comment, in a folder and in a variable of another meaning.
    let near = b"project(chip CUDA CXX)\n# option(USE_HIP)\noption(USE_CHIP \"\" ON)\nset(HIP_PATH /opt/rocm)\nadd_library(app a.cu)\n";
    check(&[("CMakeLists.txt", near)], None);
    check(&[("Makefile", b"ifeq ($(ROCM_PATH),)\nendif\napp: a.cu\n\tnvcc a.cu\n")], None);
    // A library inside of the project that builds for HIP, with a project of its own.
    let library = b"project(lib CXX)\noption(LIB_ENABLE_HIP \"\" OFF)\n";
    let project = Project::of(&[("CMakeLists.txt", CUDA_CMAKE), ("lib/CMakeLists.txt", library)]);
    project.write("a.cu", KERNEL);
    project.write("lib/b.cu", KERNEL);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    assert!(project.output("a.hip").is_file() && project.output("lib/b.cu").is_file());
    let written = String::from_utf8(project.written("CMakeLists.txt")).unwrap();
    assert!(written.contains("project(app HIP CXX)") && written.contains("a.hip"), "{written}");
}

/// A converted project has no second build: a check of the output has no such finding.
#[test]
fn the_output_of_a_conversion_is_no_second_build() {
    let project = Project::of(&[("CMakeLists.txt", CUDA_CMAKE), ("a.cu", KERNEL)]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let ran = project.run(&["check", "p-hip", "--exit-zero", "--output-format", "concise"]);
    assert!(!ran.out.contains("own-hip-build"), "{}", ran.out);
}

/// The macros of the build are guards without a line in `tranship.toml`.
#[test]
fn macros_of_the_build_are_guards() {
    let cmake = b"project(app CXX)\noption(APP_HIP \"\" OFF)\nif(APP_HIP)\n  add_definitions(-DUSE_AMD_ROCM)\nelse()\n  enable_language(CUDA)\nendif()\n";
    let code = b"#include \"vendor.h\"\n#ifdef USE_AMD_ROCM\nvoid a() { hipFree(0); }\n#else\nvoid a() { cudaFree(0); }\n#endif\n\
        #if ON_HIP\nvoid b() { hipFree(0); }\n#else\nvoid b() { cudaFree(0); }\n#endif\n\
        #if !ON_CUDA\nvoid c() {}\n#else\nvoid c() { cudaFree(0); }\n#endif\nvoid d() { cudaFree(0); }\n";
    let vendor = b"#ifdef USE_AMD_ROCM\n#define ON_HIP 1\n#define ON_CUDA 0\n#else\n#define ON_HIP 0\n#define ON_CUDA 1\n#endif\n";
    let project = Project::of(&[("CMakeLists.txt", cmake), ("a.cpp", code), ("vendor.h", vendor)]);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("a.cpp")).unwrap();
    let expected = String::from_utf8(code.to_vec()).unwrap().replace("d() { cudaFree", "d() { hipFree");
    assert!(written.ends_with(&expected), "only `d` changes:\n{written}");
}

/// Without HIP's macros, branches for NVIDIA are converted.
#[test]
fn macros_without_a_build_for_hip_are_no_guards() {
    let code = b"#ifdef APP_CUDA\nvoid a() { cudaFree(0); }\n#endif\n#ifdef ON_AMD\nvoid b() { cudaFree(0); }\n#endif\n";
    let project = Project::of(&[("a.cpp", code)]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("a.cpp")).unwrap();
    assert_eq!(written.matches("hipFree").count(), 2, "{written}");
}

#[test]
fn a_file_with_a_twin_for_hip_stays() {
    let code: &[u8] = b"#include <cuda_runtime.h>\nvoid end() { cudaFree(0); }\n";
    let hip: &[u8] = b"#include <hip/hip_runtime.h>\nvoid end() { hipFree(0); }\n";
    let files = [
        ("src/cuda/device.cpp", code),
        ("src/hip/device.cpp", hip),
        ("src/cuda/alone.cpp", code),
        ("fill.cu", KERNEL),
        ("fill.hip", hip),
        ("other.cu", KERNEL),
    ];
    let project = Project::of(&files);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(ran.out.contains("2 files with a twin for HIP, such as"), "{}", ran.out);
    // The folder beside one for HIP is for NVIDIA, so its file without a twin stays too.
    for (path, bytes) in &files[..5] {
        assert_eq!(project.written(path), *bytes, "{path}");
    }
    assert!(project.output("other.hip").is_file());
}

/// A build for HIP compiles the conditions on nvcc as they are, so their results must not change.
#[test]
fn conditions_that_hip_compiles_already_stay() {
    let cmake = b"project(app CXX CUDA)\noption(APP_HIP \"\" OFF)\n";
    let code = b"#ifdef __CUDACC__\nvoid a() { cudaFree(0); }\n#endif\n";
    let project = Project::of(&[("CMakeLists.txt", cmake), ("a.cpp", code)]);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("a.cpp")).unwrap();
    assert!(written.contains("#ifdef __CUDACC__\n"), "{written}");
}

/// Of two switches for a library of each vendor, a build for HIP never defines NVIDIA's.
#[test]
fn switches_for_libraries_of_both_vendors() {
    let cmake = b"project(app CXX CUDA)\noption(APP_HIP \"\" OFF)\n";
    let code = b"#if defined(APP_USING_CUSPARSE)\nvoid a() { cudaFree(0); }\n#endif\n\
        #if defined(APP_USING_CUSPARSE) || defined(APP_USING_ROCSPARSE)\nvoid b() { cudaFree(0); }\n#endif\n\
        #ifdef APP_USING_CUBLAS\nvoid c() { cudaFree(0); }\n#endif\n";
    let converted = |files: &[(&str, &[u8])]| {
        let project = Project::of(files);
        project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
        String::from_utf8(project.written("a.cpp")).unwrap()
    };
    let written = converted(&[("CMakeLists.txt", cmake), ("a.cpp", code)]);
    assert!(written.contains("a() { cudaFree") && written.contains("b() { hipFree"), "{written}");
    assert!(written.contains("c() { hipFree"), "there is no switch for rocBLAS: {written}");
    // Without a build for HIP, the switches mean nothing.
    assert!(converted(&[("a.cpp", code)]).contains("a() { hipFree"));
}

/// A script that translates the sources with hipify is said, and follows their names.
#[test]
fn a_script_that_runs_hipify() {
    let script = b"#!/bin/sh\nfor f in src/*.cu; do\n  hipify-perl \"$f\" > \"hip/$f\"\ndone\n";
    let project = Project::of(&[("hipify.sh", script), ("src/a.cu", KERNEL)]);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains("[own-hip-build]")).collect();
    assert_eq!(found.len(), 1, "{}", ran.out);
    assert!(
        found[0].contains("translates its CUDA sources with hipify already: `hipify.sh:3`"),
        "{}",
        found[0]
    );
    let written = String::from_utf8(project.written("hipify.sh")).unwrap();
    assert!(written.contains("for f in src/*.hip; do"), "{written}");
    assert!(project.output("src/a.hip").is_file());
}

/// Checks that a conversion with a build for HIP leaves the file `path` as it is.
#[track_caller]
fn check_stays(files: &[(&str, &[u8])], path: &str) {
    let project = Project::of(files);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let (_, bytes) = files.iter().find(|(name, _)| *name == path).expect("the file is one of the project");
    let written = project.written(path);
    assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(bytes), "{path}");
}

const HIP_OPTION: &[u8] = b"project(app CXX)\nset_property(CACHE APP_GPU PROPERTY STRINGS CUDA ROCM)\n\
    if(APP_GPU STREQUAL \"ROCM\")\n  enable_language(HIP)\nelse()\n  enable_language(CUDA)\nendif()\n";

/// Two macros with one beginning, of which one chain tests both, are the switch between the vendors.
#[test]
fn macros_of_both_vendors_with_one_beginning() {
    let code: &[u8] = b"#ifdef APP_CUDA\n#include <cufft.h>\n#elif defined(APP_ROCM)\n#include <hipfft/hipfft.h>\n#endif\n\
        #ifdef APP_CUDA\nconst int forward = CUFFT_FORWARD;\n#else\nconst int forward = HIPFFT_FORWARD;\n#endif\n";
    check_stays(&[("CMakeLists.txt", HIP_OPTION), ("fft.h", code)], "fft.h");
    // The two are tested apart, so a build for HIP may define both.
    let apart = b"#ifdef USE_CUDA\nvoid a() { cudaFree(0); }\n#endif\n#ifdef USE_ROCM\nvoid b();\n#endif\n";
    let project = Project::of(&[("CMakeLists.txt", HIP_OPTION), ("a.h", apart)]);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("a.h")).unwrap();
    assert!(written.contains("a() { hipFree"), "{written}");
}

/// A build that defines a macro of HIP itself does not make it one that only some builds for HIP have.
#[test]
fn a_macro_of_hip_in_the_options_of_the_build() {
    let setup: &[u8] =
        b"import torch\nflags = []\nif torch.version.hip:\n    flags += ['-D__HIP_PLATFORM_AMD__=1']\n";
    let code: &[u8] = b"#pragma once\n#ifndef __HIP_PLATFORM_AMD__\n#include <mma.h>\n#endif\ninline int last() {\n\
        #ifdef __HIP_PLATFORM_AMD__\n    return 0;\n#else\n    return CUBLAS_GEMM_ALGO15_TENSOR_OP;\n#endif\n}\n";
    check_stays(&[("setup.py", setup), ("gemm.h", code)], "gemm.h");
}

/// The build for HIP compiles a source without the runtime header already, and NVIDIA's build compiles it too.
#[test]
fn a_source_of_both_builds_gets_no_runtime_header() {
    check_stays(&[("CMakeLists.txt", HIP_OPTION), ("a.cu", KERNEL)], "a.cu");
}

/// A macro for HIP gives a function its meaning, and would also expand in the name of a helper.
#[test]
fn a_function_that_is_a_macro_for_hip_stays() {
    let shim: &[u8] = b"#if defined(__HIP_PLATFORM_AMD__)\n#define atomicAdd_block atomicAdd\n#endif\n";
    let code: &[u8] =
        b"#include \"shim.h\"\n__global__ void sum(float *out) { atomicAdd_block(out, 1.0f); }\n";
    let files = [("CMakeLists.txt", HIP_OPTION), ("shim.h", shim), ("a.cu", code)];
    check_stays(&files, "a.cu");
    let project = Project::of(&[("a.cu", code), ("shim.h", b"#define OTHER 1\n")]);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("a.hip")).unwrap();
    assert!(written.contains("tranship::atomicAdd_block(out"), "{written}");
}

/// Of two folders with the same build file, each vendor's files stay, also those without a twin.
#[test]
fn folders_of_both_vendors_stay() {
    let build: &[u8] = b"set(DEVICE_FLAGS -O3)\n";
    let probe: &[u8] =
        b"#include <cuda_runtime_api.h>\nint main() { int n; return cudaGetDeviceCount(&n); }\n";
    let hip: &[u8] =
        b"#pragma once\n__device__ inline unsigned long long lanes() { return __activemask(); }\n";
    let cuda: &[u8] = b"#pragma once\n__device__ inline unsigned lanes() { return __activemask(); }\n";
    let formats: &[u8] = b"foreach(ENDING IN ITEMS \".h\" \".cu\" \".hip\")\nendforeach()\n";
    let files = [
        ("cmake/cuda/flags.cmake", build),
        ("cmake/hip/flags.cmake", build),
        ("cmake/cuda/probe.cpp", probe),
        ("src/cuda/lanes.cuh", cuda),
        ("src/hip/lanes.h", hip),
        ("examples/cuda/a.cu", KERNEL),
        ("examples/hip/a.hip", b"#include <hip/hip_runtime.h>\n"),
        ("format.cmake", formats),
    ];
    for (path, _) in files {
        check_stays(&files, path);
    }
    let project = Project::of(&files);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(!ran.out.contains("[renamed-source]"), "no file gets another name:\n{}", ran.out);
    // Sources without a twin stay too, even if the build makes those for HIP.
    let made: [(&str, &[u8]); 3] = [
        ("device/cuda/module.c", b"#include <cuda_runtime.h>\nvoid end(void) { cudaFree(0); }\n"),
        (
            "device/hip/make.cmake",
            b"add_custom_command(OUTPUT module.c COMMAND sed s/cuda/hip/ ../cuda/module.c)\n",
        ),
        ("lib/targets/hip-mma/mma.h", b"#include <hip/hip_runtime.h>\n"),
    ];
    check_stays(&made, "device/cuda/module.c");
    let apart: &[u8] = b"#include <mma.h>\nusing half_type = __half;\ninline void end() { cudaFree(0); }\n";
    check_stays(&[made[2], ("lib/targets/cuda-mma/other.h", apart)], "lib/targets/cuda-mma/other.h");
    let blas = [
        (
            "backends/cublas/cublas_level1.cpp",
            b"#include <cublas_v2.h>\nvoid end(cublasHandle_t h) { cublasDestroy(h); }\n" as &[u8],
        ),
        ("backends/cublas/alone.hpp", b"#include <cublas_v2.h>\nusing handle = cublasHandle_t;\n"),
        ("backends/rocblas/rocblas_level1.cpp", b"#include <rocblas/rocblas.h>\n"),
    ];
    check_stays(&blas, "backends/cublas/cublas_level1.cpp");
    check_stays(&blas, "backends/cublas/alone.hpp");
    // The folder for HIP builds the sources of the other folder.
    let shared = [
        ("src/app-cuda/CMakeLists.txt", build),
        ("src/app-hip/CMakeLists.txt", build),
        ("src/app-cuda/a.cu", b"void end() { cudaFree(0); }\n"),
    ];
    let project = Project::of(&shared);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("src/app-cuda/a.hip")).unwrap();
    assert!(written.contains("hipFree"), "{written}");
}

/// A script that makes `a.hip` of `a.cu` would overwrite its source if the source had that name. So all sources keep theirs.
#[test]
fn a_script_that_makes_hip_files() {
    let shell: &[u8] = b"#!/bin/sh\nfor f in src/*.cu; do\n  hipify-perl \"$f\" > \"${f%.cu}.hip\"\ndone\n";
    let make: &[u8] =
        b"app: src/a.hip\n\thipcc -o app src/a.hip\nsrc/%.hip: src/%.cu\n\thipify-perl $< > $@\n";
    let torch: &[u8] = b"from torch.utils.hipify import hipify_python\n\
        hipify_python.hipify(project_directory='.', output_directory='.', includes=['src/*.cu'])\n";
    for (path, script) in [("hipify.sh", shell), ("Makefile", make), ("tools/hipify.py", torch)] {
        let project = Project::of(&[(path, script), ("src/a.cu", KERNEL)]);
        let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "full"]);
        assert!(ran.out.contains("translates its CUDA sources with hipify already"), "{}", ran.out);
        assert!(ran.out.contains("run that script before the build as before"), "{}", ran.out);
        assert_eq!(project.written(path), script, "{path} stays as it is");
        assert!(project.output("src/a.cu").is_file(), "the kernel keeps its name for {path}");
    }
    // The output has another ending, so the names are followed.
    let other: &[u8] = b"#!/bin/sh\nhipify-perl src/a.cu > src/a.hip.cpp\n";
    let project = Project::of(&[("hipify.sh", other), ("src/a.cu", KERNEL)]);
    project.run_converting(&["convert", "p", "--exit-zero"]).check(0, &[]);
    assert_eq!(project.written("hipify.sh"), b"#!/bin/sh\nhipify-perl src/a.hip > src/a.hip.cpp\n");
}

/// A header that only branches for NVIDIA include is for NVIDIA, and so is what it includes. A header that other code includes
/// too is for both.
#[test]
fn headers_that_only_branches_for_nvidia_include() {
    let cmake: &[u8] =
        b"project(app CXX)\noption(USE_HIP \"\" OFF)\nif(NOT USE_HIP)\n  enable_language(CUDA)\nendif()\n";
    let main: &[u8] = b"#if defined(APP_CUDA)\n#include <cuda_runtime.h>\n#elif defined(APP_ROCM)\n#include \"hip_solver.h\"\n#endif\n#if defined(APP_GPU) and defined(APP_CUDA)\n#include \"solver.h\"\n#include \"both.h\"\n#endif\nvoid f() { cudaFree(0); }\n";
    let solver: &[u8] = b"#pragma once\n#include \"handle.h\"\ncudaError_t solve();\n";
    let handle: &[u8] = b"#pragma once\ncudaStream_t stream();\n";
    let other: &[u8] = b"#include \"both.h\"\nvoid g() { cudaFree(0); }\n";
    let both: &[u8] = b"#pragma once\ncudaEvent_t event();\n";
    let files = [
        ("CMakeLists.txt", cmake),
        ("main.cpp", main),
        ("solver.h", solver),
        ("handle.h", handle),
        ("other.cpp", other),
        ("both.h", both),
    ];
    let project = Project::of(&files);
    project.run_converting(&["convert", "p", "--exit-zero"]);
    assert_eq!(project.written("solver.h"), solver);
    assert_eq!(project.written("handle.h"), handle);
    assert_eq!(project.written("both.h"), b"#pragma once\nhipEvent_t event();\n");
}

/// A switch for NVIDIA with the name of one of its libraries behind it is for NVIDIA too.
#[test]
fn a_library_behind_a_switch_for_nvidia() {
    let cmake: &[u8] =
        b"project(app CXX)\noption(USE_HIP \"\" OFF)\nif(NOT USE_HIP)\n  enable_language(CUDA)\nendif()\n";
    let code: &[u8] = b"#if defined(APP_CUDA)\n#include <cuda_runtime.h>\n#elif defined(APP_ROCM)\n#include <hip/hip_runtime.h>\n#endif\n#if defined(APP_CUDA_NVTX)\n#include <nvToolsExt.h>\nvoid mark() { nvtxMarkA(\"x\"); }\n#endif\n";
    check_stays(&[("CMakeLists.txt", cmake), ("a.cpp", code)], "a.cpp");
}

/// A folder for NVIDIA and one for HIP with file names of their own: `cuda/CUDAStream.cu` is `hip/HIPStream.cpp`. Results of
/// both vendors are no code.
#[test]
fn folders_and_names_of_both_vendors() {
    let cmake: &[u8] = b"project(app CXX)\ninclude(src/${MODEL}/model.cmake)\n";
    let cuda: &[u8] = b"#include <cuda_runtime.h>\nvoid f() { cudaFree(0); }\n";
    let hip: &[u8] = b"#include <hip/hip_runtime.h>\nvoid f() { hipFree(0); }\n";
    let files = [
        ("CMakeLists.txt", cmake),
        ("src/cuda/model.cmake", b"enable_language(CUDA)\n" as &[u8]),
        ("src/hip/model.cmake", b"add_compile_options(-O3)\n"),
        ("src/cuda/CUDAStream.cu", cuda),
        ("src/hip/HIPStream.cpp", hip),
    ];
    check_stays(&files, "src/cuda/CUDAStream.cu");
    check_stays(&files, "src/cuda/model.cmake");
    check(&[("results/cuda/a.txt", b"cuda 1\n"), ("results/hip/a.txt", b"hip 1\n")], None);
}

/// The value of a variable in braces decides about the vendor; settings for AMD's processors do not.
#[test]
fn backends_in_braces() {
    let file: &[u8] = b"if (${GPU_IMPL} STREQUAL \"CUDA\")\n  enable_language(CUDA)\nelseif (${GPU_IMPL} STREQUAL \"ROCM\")\n  find_package(rocthrust)\nendif ()\n";
    let cmake: &[u8] = b"project(app CXX)\ninclude(src/model.cmake)\n";
    check(&[("CMakeLists.txt", cmake), ("src/model.cmake", file)], Some(&["`cmake -DGPU_IMPL=ROCM`"]));
    let quoted: &[u8] = b"project(app CXX)\nif(\"${GPU}\" STREQUAL \"cuda\")\n  enable_language(CUDA)\nelseif(\"${GPU}\" STREQUAL \"hip\")\n  setup()\nendif()\n";
    check(&[("CMakeLists.txt", quoted)], Some(&["`cmake -DGPU=hip`"]));
    check(&[("make.inc.amd", b"FC := /opt/rocm/llvm/bin/flang\nFCFLAGS := -O3\n")], None);
}

/// A host source that the build compiles as CUDA, and never as HIP, belongs to NVIDIA's part of the build.
#[test]
fn host_sources_with_the_language_cuda() {
    let cmake: &[u8] =
        b"project(app CXX)\noption(USE_HIP \"\" OFF)\nif(NOT USE_HIP)\n  enable_language(CUDA)\nendif()\n";
    let part: &[u8] = b"set_source_files_properties(src/stream.cpp PROPERTIES LANGUAGE CUDA)\n";
    let both: &[u8] = b"set_source_files_properties(src/stream.cpp PROPERTIES LANGUAGE CUDA)\nset_source_files_properties(src/stream.cpp PROPERTIES LANGUAGE HIP)\n";
    let code: &[u8] = b"void f() { cudaFree(0); }\n";
    let stays = [("CMakeLists.txt", cmake), ("part.cmake", part), ("src/stream.cpp", code)];
    check_stays(&stays, "src/stream.cpp");
    let project = Project::of(&[("CMakeLists.txt", cmake), ("part.cmake", both), ("src/stream.cpp", code)]);
    project.run_converting(&["convert", "p", "--exit-zero"]);
    assert_ne!(project.written("src/stream.cpp"), code);
}

/// A Python module that builds extensions for both vendors is a build file, whatever its name is.
#[test]
fn python_modules_that_build_extensions() {
    let setup: &[u8] = b"from ops.async_io import Builder\n";
    let module: &[u8] = b"import torch.utils.cpp_extension\n\nclass Builder(Base):\n    def flags(self):\n        if self.is_rocm_pytorch():\n            return []\n        return self.more()\n\n    def more(self):\n        return ['-lcudart', '-lcuda']\n";
    check_stays(&[("setup.py", setup), ("ops/async_io.py", module), ("a.cu", KERNEL)], "ops/async_io.py");
    let model: &[u8] = b"import torch\nprint(torch.version.hip)\n";
    check(&[("model.py", model)], None);
}

/// A condition that tests HIP's value too stays: the author decided what HIP compiles.
#[test]
fn a_value_beside_its_counterpart() {
    let code: &[u8] = b"#include <thrust/version.h>\n#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA || THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_HIP\nint devices();\n#endif\n";
    check_stays(&[("a.cpp", code)], "a.cpp");
}

/// A Makefile with compilers of both vendors has a build for HIP beside that for CUDA, without a condition about HIP.
#[test]
fn a_makefile_with_a_compiler_of_each_vendor_stays() {
    let make = b"CUDA_DIR ?=\nNVCC ?= $(CUDA_DIR)/bin/nvcc\nHIPCC ?= $(HIP_DIR)/bin/hipcc\nNVCCFLAGS += -ccbin $(CXX) -arch=$(CUDA_ARCH)\n\
        ifneq ($(CUDA_DIR),)\nLIBS += -lcudart\nOBJS += a.o\nendif\n%.o: %.cu\n\t$(NVCC) -c $<\n%.o: %.hip.cpp\n\t$(HIPCC) -c $<\n";
    check(&[("Makefile", make)], Some(&["`Makefile:3`"]));
}

const ENTRY: &[u8] = b"cmake_minimum_required(VERSION 3.14)\nproject(app CXX)\nuse_model(${MODEL})\n";
const FOR_CUDA: &[u8] = b"macro(setup)\n  enable_language(CUDA)\nendmacro()\n";

/// A project whose build selects one folder of several: the folder for HIP is the way to build, also if a part beside it has a
/// switch for HIP.
#[test]
fn a_build_that_selects_a_folder() {
    let thrust = b"if(${IMPL} STREQUAL \"CUDA\")\n  enable_language(CUDA)\nelseif(${IMPL} STREQUAL \"ROCM\")\n  find_package(rocthrust)\nendif()\n";
    let script = b"#!/bin/sh\ncmake -DMODEL=cuda -DCMAKE_CUDA_COMPILER=$(which nvcc) .\n";
    let files: [(&str, &[u8]); 5] = [
        ("CMakeLists.txt", ENTRY),
        ("src/cuda/model.cmake", FOR_CUDA),
        ("src/hip/model.cmake", b"macro(setup)\nendmacro()\n"),
        ("src/thrust/model.cmake", thrust),
        ("test.sh", script),
    ];
    check(&files, Some(&["`cmake -DMODEL=hip`", "`src/hip/model.cmake:1`"]));
    let without = [files[0], files[1], files[2], files[4]];
    check(&without, Some(&["`cmake -DMODEL=hip`"]));
    let project = Project::of(&files);
    let ran = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "full"]);
    assert!(!ran.out.contains("-DIMPL") && !ran.out.contains("cmake-cuda-definition"), "{}", ran.out);
}

/// A project that only has a library with a build for HIP: its own branches about the library's switch for CUDA stay.
#[test]
fn switches_of_a_library_with_a_build_for_hip() {
    let root: &[u8] = b"cmake_minimum_required(VERSION 3.5)\nproject(app CXX)\nadd_subdirectory(lib)\nif(LIB_CUDA AND NOT MSVC)\n  add_compile_options(-Wno-deprecated-gpu-targets)\nendif()\n";
    let library: &[u8] = b"cmake_minimum_required(VERSION 3.14)\nproject(lib CXX)\noption(LIB_HIP \"\" OFF)\nif(LIB_CUDA)\n  enable_language(CUDA)\nendif()\n";
    let make: &[u8] =
        b"ifeq ($(LIB_CUDA),1)\nLIBS += -L$(CUDA_PATH)/targets/x86_64-linux/lib -lcudart\nendif\n";
    let script: &[u8] =
        b"#!/bin/sh\nif [ -n \"$LIB_CUDA\" ]; then\n  cmake -DCMAKE_CUDA_ARCHITECTURES=80 .\nfi\n";
    let files = [
        ("CMakeLists.txt", root),
        ("lib/CMakeLists.txt", library),
        ("bindings/Makefile", make),
        ("ci/run.sh", script),
    ];
    let project = Project::of(&files);
    project.write("lib/a.cu", KERNEL);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains('[')).collect();
    assert!(found.len() == 1 && found[0].contains("[own-hip-build]"), "{}", ran.out);
    for (path, bytes) in files {
        assert_eq!(project.written(path), bytes, "{path} stays as it is");
    }
}

/// A general switch such as `USE_CUDA` can be the project's own, beside a library with `USE_HIP`.
#[test]
fn general_switches_are_the_projects_own() {
    let root: &[u8] = b"cmake_minimum_required(VERSION 3.5)\nproject(app CXX)\nif(USE_CUDA)\n  enable_language(CUDA)\nendif()\n";
    let library: &[u8] = b"project(lib CXX)\noption(USE_HIP \"\" OFF)\n";
    let project = Project::of(&[("CMakeLists.txt", root), ("lib/CMakeLists.txt", library), ("a.cu", KERNEL)]);
    project.run(&["convert", "p", "--exit-zero"]).check(0, &[]);
    let written = String::from_utf8(project.written("CMakeLists.txt")).unwrap();
    assert!(written.contains("VERSION 3.21") && written.contains("enable_language(HIP)"), "{written}");
}

/// Beside a build for HIP, a script that asks nvcc for its version is for NVIDIA's build.
#[test]
fn the_version_of_nvcc_beside_a_build_for_hip() {
    let python: &[u8] = b"import subprocess\nsubprocess.run(['nvcc', '--version'])\nflags = 'nvcc -V'\n";
    let cmake: &[u8] = b"project(app CXX CUDA)\noption(APP_HIP \"\" OFF)\n";
    let reported = |files: &[(&str, &[u8])]| {
        let project = Project::of(files);
        project.write("a.cu", KERNEL);
        project.run_converting(&["check", "p", "--exit-zero"]).out.contains("python-nvcc-version")
    };
    assert!(reported(&[("info.py", python)]));
    assert!(!reported(&[("info.py", python), ("CMakeLists.txt", cmake)]));
}

/// Options and sources that a file for HIP gives to hipRTC are no leftovers of NVRTC.
#[test]
fn options_of_the_file_for_hip() {
    let hip: &[u8] = b"#include <hip/hiprtc.h>\nvoid build(hiprtcProgram p, const char *code) {\n  const char *opts[] = {\"-default-device\", \"--gpu-architecture=\"};\n\
        hiprtcCreateProgram(&p, code, 0, 0, 0, 0);\n  hiprtcCompileProgram(p, 2, opts);\n}\n";
    let cuda: &[u8] = b"#include <nvrtc.h>\nvoid build(nvrtcProgram p, const char *code) {\n  const char *opts[] = {\"-default-device\", \"--gpu-architecture=\"};\n\
        nvrtcCreateProgram(&p, code, 0, 0, 0, 0);\n  nvrtcCompileProgram(p, 2, opts);\n}\n";
    let project = Project::of(&[("src/cuda/jit.cpp", cuda), ("src/hip/jit.cpp", hip)]);
    let ran = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "concise"]);
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains('[')).collect();
    assert!(found.len() == 1 && found[0].contains("[own-hip-build]"), "{}", ran.out);
    let alone = Project::of(&[("jit.cpp", cuda)]);
    let ran = alone.run(&["check", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(ran.out.contains("runtime-source") && ran.out.contains("gpu-architecture-value"), "{}", ran.out);
    let named = b"#include <hip/hiprtc.h>\n#include <string>\nvoid build(hiprtcProgram p, hipDeviceProp_t prop) {\n  std::string arch = \"--gpu-architecture=\" + std::string(prop.gcnArchName);\n\
        const char *opts[] = {arch.c_str()};\n  hiprtcCompileProgram(p, 1, opts);\n}\n";
    let project = Project::of(&[("jit.cpp", named)]);
    let ran = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(!ran.out.contains("gpu-architecture-value"), "{}", ran.out);
}

/// An option for HIP that another option for HIP has to be set for: that other option starts the build.
#[test]
fn options_that_depend_on_another() {
    let cmake: &[u8] = b"project(app CXX)\ninclude(CMakeDependentOption)\n  cmake_dependent_option( APP_ENABLE_HIP \"with HIP\" On\n    \"ENABLE_HIP\" Off )\nif(APP_ENABLE_CUDA)\n  enable_language(CUDA)\nendif()\n";
    let script: &[u8] = b"#!/bin/sh\nexport CC=hipcc\nnvcc a.cu\n";
    let workflow: &[u8] =
        b"jobs:\n  cuda:\n    run: cmake -DCMAKE_CUDA_COMPILER=/usr/local/cuda-12.1/bin/nvcc .\n";
    let files =
        [("CMakeLists.txt", cmake), (".github/env.sh", script), (".github/workflows/cuda.yml", workflow)];
    check(&files, Some(&["`CMakeLists.txt:3`", "`cmake -DENABLE_HIP=ON`"]));
    let project = Project::of(&files);
    let ran = project.run_converting(&["check", "p", "--exit-zero", "--output-format", "full"]);
    assert!(!ran.out.contains("`sh env.sh`") && !ran.out.contains("tool-in-text"), "{}", ran.out);
}

/// The way to build is an option of the project, not a variable of a function; GPU code of a script for NVIDIA stays.
#[test]
fn options_before_variables_of_functions() {
    let cmake: &[u8] = b"project(app CXX)\noption(\n  APP_BUILD_HIP\n  \"for AMD\"\n  OFF)\nif(APP_BUILD_CUDA)\n  enable_language(CUDA)\nendif()\n";
    let functions: &[u8] = b"function(add_for _lang exec)\n  if(${_lang} STREQUAL \"HIP\")\n  elseif(exec STREQUAL \"hip\")\n  endif()\nendfunction()\n";
    let script: &[u8] =
        b"print('''\n__device__ void fence() { asm volatile(\"membar.gl;\" ::: \"memory\"); }\n''')\n";
    let files = [("CMakeLists.txt", cmake), ("cmake/a.cmake", functions), ("generate_cuda_code.py", script)];
    check(&files, Some(&["`CMakeLists.txt:3`", "`cmake -DAPP_BUILD_HIP=ON`;"]));
    let cached: &[u8] = b"project(app CXX)\nset(backend cuda CACHE STRING \"\")\nif(backend STREQUAL hip)\nelse()\n  enable_language(CUDA)\nendif()\n";
    check(&[("CMakeLists.txt", cached)], Some(&["`cmake -Dbackend=hip`"]));
}

/// A folder for AMD beside one for NVIDIA has `OpenCL`, so the project has no build for HIP.
#[test]
fn a_folder_for_amd_with_opencl_is_no_twin() {
    let opencl: &[u8] = b"#include <CL/cl.h>\nvoid run(cl_context context);\n";
    let cuda: &[u8] = b"#include <cuda_runtime.h>\nvoid run(cudaStream_t stream);\n";
    let cmake: &[u8] =
        b"find_package(CUDA)\nif(CUDA_FOUND)\n  cuda_add_library(gpu nvidia/run.cu)\nendif()\n";
    let files = [("CMakeLists.txt", cmake), ("nvidia/run.hpp", cuda), ("nvidia/run.cu", KERNEL)];
    check(&[files[0], files[1], files[2], ("amd/run.hpp", opencl)], None);
}

/// A copy of CMake's own module for CUDA defines what a conversion would rename.
#[test]
fn a_copy_of_cmakes_module_stays() {
    let module: &[u8] = b"find_path(CUDA_TOOLKIT_INCLUDE device_functions.h)\nset(CUDA_INCLUDE_DIRS ${CUDA_TOOLKIT_INCLUDE})\n\
        if(${file} MATCHES \"\\\\.cu$\")\n  set(CUDA_FOUND TRUE)\nendif()\nmacro(CUDA_WRAP_SRCS target)\nendmacro()\n";
    let files = [
        ("CMakeLists.txt", CUDA_CMAKE),
        ("a.cu", KERNEL),
        ("cmake/FindCUDA.cmake", module),
        ("cmake/FindCUDA/run_nvcc.cmake", module),
    ];
    let project = Project::of(&files);
    let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    for (path, bytes) in &files[2..] {
        assert_eq!(project.written(path), *bytes, "{path}");
        assert!(ran.out.contains(&format!("{path}:1:1: manual[cmake-own-module]")), "{}", ran.out);
    }
    assert!(project.output("a.hip").is_file());
}

/// The searches of a module of the project are converted where they are, so the command that runs the module needs no answer.
#[test]
fn a_module_that_is_converted_needs_no_answer() {
    let main: &[u8] = b"project(app CXX CUDA)\nfind_package(NCCL REQUIRED)\nadd_library(app a.cu)\n";
    let finds = |module: &[u8]| {
        let files = [("CMakeLists.txt", main), ("a.cu", KERNEL), ("cmake/FindNCCL.cmake", module)];
        let project = Project::of(&files);
        let ran = project.run_converting(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
        (ran.out.contains("manual[cmake-own-module]"), project.written("cmake/FindNCCL.cmake"))
    };
    let module: &[u8] =
        b"find_path(NCCL_INCLUDE_DIR NAMES nccl.h)\nfind_library(NCCL_LIBRARIES NAMES nccl PATHS /opt)\n";
    let rocm: &[u8] =
        b"find_path(NCCL_INCLUDE_DIR NAMES rccl/rccl.h)\nfind_library(NCCL_LIBRARIES NAMES rccl PATHS /opt)\n";
    assert_eq!(finds(module), (false, rocm.to_vec()));
    assert!(finds(b"find_library(NCCL_LIBRARIES NAMES ${NAME_OF_NCCL})\n").0);
}

#[test]
fn a_build_that_runs_the_conversion_can_be_ignored() {
    let lists = b"project(app CXX)\noption(USE_HIP \"for AMD\" OFF)\nif(USE_HIP)\n  enable_language(HIP)\n  add_definitions(-DAPP_HIP)\n\
        else()\n  enable_language(CUDA)\nendif()\nadd_library(app a.cu)\n";
    let kernel = b"#ifdef APP_HIP\n#include <hip/hip_runtime.h>\n#endif\n__global__ void k() {}\nvoid f(void *p) { k<<<1, 1>>>(); cudaFree(p); }\n\
        #ifndef APP_HIP\nvoid g(void *p) { cudaFree(p); }\n#endif\n";
    let project = Project::of(&[("CMakeLists.txt", lists), ("a.cu", kernel), ("b.cu", KERNEL)]);
    let convert = |choice: &str| {
        let arguments = ["convert", "p", "--keep-names", "--only", "cpp", "--own-hip-build", choice];
        project.run(&[&arguments[..], &["--output-format", "concise"]].concat()).check(0, &[]).out.clone()
    };
    assert_eq!(convert("ignore"), "");
    let written = String::from_utf8(project.written("a.cu")).unwrap();
    assert!(written.contains("cudaFree(p); }\n#endif") && written.contains("hipFree(p)"), "{written}");
    let with_header = String::from_utf8(project.written("b.cu")).unwrap();
    assert!(with_header.starts_with("#include <hip/hip_runtime.h>\n"), "{with_header}");
    assert_eq!(project.written("CMakeLists.txt"), lists);
}
