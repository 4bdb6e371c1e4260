//! Build files and scripts work in every command: `check` reports each kind, `--only` selects it, a comment of its own
//! language suppresses a rule, `scan` counts it and `review` shows it.

use crate::support::{Project, Ran, commit, run};

/// One kind of file: its name in `--only`, a path, a line with one finding, the rule of the finding, and the comment mark.
struct Case {
    area: &'static str,
    path: &'static str,
    line: &'static str,
    rule: &'static str,
    mark: &'static str,
}

const fn case(
    area: &'static str,
    path: &'static str,
    line: &'static str,
    rule: &'static str,
    mark: &'static str,
) -> Case {
    Case { area, path, line, rule, mark }
}

const CASES: &[Case] = &[
    case(
        "cpp",
        "a.cpp",
        "void f(int p) { cudaGraphicsD3D9RegisterResource(p); }",
        "cudaGraphicsD3D9RegisterResource",
        "//",
    ),
    case("cpp", "cub/cub.cuh", "#define CUB_VERSION_OF_OURS", "vendored-library", "//"),
    case("cmake", "CMakeLists.txt", "include_directories(/usr/local/cuda/include)", "cuda-folder", "#"),
    case("make", "Makefile", "FLAGS = -gencode $(ARCH)", "gpu-architecture-value", "#"),
    case("shell", "run.sh", "nvidia-smi -L", "nvidia-smi", "#"),
    case("python", "a.py", "import pynvml", "pynvml", "#"),
    case("environment", "Dockerfile", "FROM nvidia/cuda:12.4.1-base", "nvidia/cuda", "#"),
    case("environment", "compose.yaml", "image: nvidia/cuda:12.4.1-base", "nvidia/cuda", "#"),
    case("environment", "requirements.txt", "cuda-python>=12", "cuda-python", "#"),
    case("environment", "pyproject.toml", "dependencies = [\"cupy-cuda12x\"]", "cupy-cuda12x", "#"),
    case("build", "build.rs", "fn main() { bindgen_cuda::Builder::default(); }", "cuda-in-build", "//"),
    case("build", "meson.build", "project('a', 'cuda')", "cuda-in-build", "#"),
    case("build", "BUILD.bazel", "cuda_library(name = \"a\")", "cuda-in-build", "#"),
    case("build", "solver.cuf", "attributes(global) subroutine f(x)", "cuda-fortran", "!"),
];

fn project(text: impl Fn(&Case) -> String) -> Project {
    let project = Project::new();
    for case in CASES {
        project.write(case.path, text(case).as_bytes());
    }
    project
}

fn plain() -> Project {
    let project = project(|case| format!("{}\n", case.line));
    project.write("k.ptx", b".version 8.4\n");
    commit(&project);
    project
}

/// Runs the program in the project itself.
fn inside(project: &Project, arguments: &[&str]) -> Ran {
    run(project.command(arguments).current_dir(project.path("")))
}

/// The findings as pairs of path and rule.
fn found(ran: &Ran) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (place, rest) = line.split_once(": ")?;
        let rule = rest.split_once('[')?.1.split_once(']')?.0;
        Some((place.split(':').next()?.to_owned(), rule.to_owned()))
    };
    let mut found: Vec<_> = ran.out.lines().filter_map(pair).collect();
    found.sort();
    found
}

fn expected(wanted: impl Fn(&Case) -> bool) -> Vec<(String, String)> {
    let mut expected: Vec<_> = CASES
        .iter()
        .filter(|case| wanted(case))
        .map(|case| (case.path.to_owned(), case.rule.to_owned()))
        .collect();
    expected.sort();
    expected
}

#[test]
fn check_reports_each_kind_of_file_and_only_selects_one() {
    let project = plain();
    let prebuilt = ("k.ptx".to_owned(), "prebuilt-device-code".to_owned());
    let with = |mut pairs: Vec<(String, String)>| {
        pairs.push(prebuilt.clone());
        pairs.sort();
        pairs
    };
    let concise = ["check", "--output-format", "concise", "--ignore", "would-change"];
    let ran = inside(&project, &concise);
    ran.check(1, &[]);
    assert_eq!(found(&ran), with(expected(|_| true)));
    for area in ["cpp", "cmake", "make", "shell", "python", "environment", "build"] {
        let ran = inside(&project, &[&concise[..], &["--only", area]].concat());
        ran.check(1, &[]);
        let wanted = expected(|case| case.area == area);
        assert_eq!(found(&ran), if area == "build" { with(wanted) } else { wanted }, "{area}");
    }
    for case in CASES {
        let ran = inside(&project, &[&concise[..], &[case.path]].concat());
        assert_eq!(found(&ran), [(case.path.to_owned(), case.rule.to_owned())], "{}", case.path);
    }
}

#[test]
fn a_comment_of_its_own_language_suppresses_a_rule_in_each_kind_of_file() {
    let project =
        project(|case| format!("{} tranship: ignore[{}] known\n{}\n", case.mark, case.rule, case.line));
    let ran = inside(&project, &["check", "--output-format", "concise", "--ignore", "would-change"]);
    assert_eq!(found(&ran), []);
    ran.check(0, &[]);
}

#[test]
fn scan_and_review_include_each_kind_of_file() {
    let project = plain();
    for arguments in [&["scan", "--output-format", "json", "--exit-zero"][..], &["review", "--list"]] {
        let ran = inside(&project, arguments);
        for case in CASES {
            assert!(ran.out.contains(case.path) && ran.out.contains(case.rule), "{}: {}", case.path, ran.out);
        }
    }
}

#[test]
fn copies_of_headers_of_cuda_stay_and_are_one_finding_for_each_folder() {
    let fp8 = "#ifndef __CUDA_FP8_H__\n#define __CUDA_FP8_H__\n#include \"cuda_fp8.hpp\"\n\
        typedef struct { unsigned char x; } __nv_fp8_e4m3;\n#endif\n";
    let fp16 = "#ifndef __CUDA_FP16_H__\n#define __CUDA_FP16_H__\n__device__ int cudaHalf(cudaStream_t s);\n#endif\n";
    let inline = "static __device__ __nv_fp8_e4m3 zero(cudaStream_t) { return {}; }\n";
    // The project's own header has the name of a header of CUDA, and no guard of CUDA.
    let own = "#ifndef CUDNN_WRAPPER\n#define CUDNN_WRAPPER\n#include <cuda_runtime.h>\n#endif\n";
    let main = "#include \"../deps/cuda/cuda_fp16.h\"\n#include \"cuda_fp16.h\"\n#include <cuda_runtime.h>\n\
        void f(cudaStream_t s) { cudaFree(0); }\n";
    let project = Project::of(&[
        ("deps/cuda/cuda_fp16.h", fp16.as_bytes()),
        ("deps/cuda/cuda_fp8.h", fp8.as_bytes()),
        ("deps/cuda/cuda_fp8.hpp", inline.as_bytes()),
        ("src/cudnn.h", own.as_bytes()),
        ("src/main.cu", main.as_bytes()),
    ]);
    let ran = project.run(&["convert", "p", "--output-format", "concise", "--exit-zero"]);
    let in_copy: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("p/deps")).collect();
    assert_eq!(in_copy.len(), 1, "{}", ran.out);
    assert!(in_copy[0].contains("vendored-library"), "{}", ran.out);
    assert!(in_copy[0].contains("`cuda_fp16.h`, `cuda_fp8.h` are copies of headers of CUDA"), "{}", ran.out);
    for file in ["deps/cuda/cuda_fp16.h", "deps/cuda/cuda_fp8.h", "deps/cuda/cuda_fp8.hpp"] {
        assert_eq!(project.written(file), std::fs::read(project.path(file)).unwrap(), "{file} stays");
    }
    let written = |path: &str| String::from_utf8(project.written(path)).unwrap();
    assert_eq!(written("src/cudnn.h"), own.replace("cuda_runtime.h", "hip/hip_runtime.h"));
    let main = written("src/main.hip");
    assert!(main.contains("#include \"hip/hip_fp16.h\"\n"), "{main}");
    assert!(!main.contains("#include \"cuda_fp16.h\""), "{main}");
}

#[test]
fn a_copy_of_a_library_without_counterpart_stays_and_is_one_finding() {
    let table = "#include <optix_types.h>\ntypedef struct OptixTable { OptixResult (*call)(CUdeviceptr); } OptixTable;\n";
    let types = "typedef enum OptixResult { OPTIX_SUCCESS = 0 } OptixResult;\n\
        __device__ void optixCall(int p) { asm(\"call _optix_call, (%0);\" : : \"r\"(p)); }\n";
    let main = "#include <cuda_runtime.h>\n#include <optix_types.h>\n#define OPTIX_CHECK(x) check(x)\n\
        OptixResult run() { OPTIX_CHECK(OPTIX_SUCCESS); return OPTIX_SUCCESS; }\n";
    let other = "void check_all() { OPTIX_CHECK(0); cudaFree(0); }\n";
    let project = Project::of(&[
        ("deps/optix/optix_function_table.h", table.as_bytes()),
        ("deps/optix/optix_types.h", types.as_bytes()),
        ("src/main.cu", main.as_bytes()),
        ("src/other.cu", other.as_bytes()),
    ]);
    let ran = project.run(&["convert", "p", "--output-format", "concise", "--exit-zero"]);
    let in_copy: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("p/deps")).collect();
    assert_eq!(in_copy.len(), 1, "{}", ran.out);
    assert!(in_copy[0].contains("vendored-library"), "{}", ran.out);
    for file in ["deps/optix/optix_function_table.h", "deps/optix/optix_types.h"] {
        assert_eq!(project.written(file), std::fs::read(project.path(file)).unwrap(), "{file} stays");
    }
    assert!(ran.out.contains("`OptixResult` has no counterpart"), "uses are reported: {}", ran.out);
    assert!(!ran.out.contains("`OPTIX_CHECK`"), "a macro of the project is its own: {}", ran.out);
}

/// Copies of NVIDIA's libraries in folders with code of others stay with all their files, and includes get ROCm's headers.
#[test]
fn a_copy_of_a_library_of_nvidia_stays() {
    let header = "#pragma once\nnamespace cub { inline void f() { cudaFree(0); asm(\"trap;\"); } }\n";
    let kernel = "#include <cub/cub.cuh>\n#include \"../third_party/cub/cub/cub.cuh\"\n#include <cuda_runtime.h>\n\
        #include \"../third_party/thrust/thrust/version.h\"\n#include \"cutlass/gemm/gemm.h\"\nvoid f() { cub::f(); }\n";
    let cmake = "project(app CUDA CXX)\n# third_party/cub\nadd_library(app src/a.cu)\n\
        include_directories(${DIR}/third_party/cub third_party/cub-other)\n";
    let files = [
        ("third_party/cub/cub/cub.cuh", header),
        ("third_party/cub/test/a.cu", header),
        ("third_party/cub/CMakeLists.txt", "project(cub CUDA)\nadd_executable(a test/a.cu)\n"),
        ("third_party/thrust/thrust/version.h", "#define THRUST_VERSION 100\n"),
        ("csrc/cutlass/include/cutlass/cutlass.h", header),
        ("csrc/cutlass/include/cutlass/gemm/gemm.h", header),
    ];
    let project = Project::of(&files.map(|(path, text)| (path, text.as_bytes())));
    project.write("src/a.cu", kernel.as_bytes());
    project.write("CMakeLists.txt", cmake.as_bytes());
    project.write("setup.py", b"inc = os.path.join(here, \"csrc\", \"cutlass\", \"include\")\n");
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    for (path, text) in files {
        assert_eq!(project.written(path), text.as_bytes(), "{path} stays as it is");
    }
    let written = String::from_utf8(project.written("src/a.hip")).unwrap();
    assert_eq!(
        written,
        "#include <hipcub/hipcub.hpp>\n#include <hip/hip_runtime.h>\n#include \"thrust/version.h\"\n\
         #include \"cutlass/gemm/gemm.h\"\nvoid f() { hipcub::f(); }\n"
    );
    let about = |rule: &str| -> Vec<&str> { ran.out.lines().filter(|line| line.contains(rule)).collect() };
    assert_eq!(about("[vendored-library]").len(), 5, "{}", ran.out);
    for place in [
        "p/CMakeLists.txt:4:28: ",
        "p/setup.py:1:35: ",
        "cub.cuh:1:1: ",
        "version.h:1:1: ",
        "cutlass.h:1:1: ",
    ] {
        assert!(about("[vendored-library]").iter().any(|line| line.contains(place)), "{place}: {}", ran.out);
    }
    assert!(about("in `csrc/cutlass`, which stays")[0].contains("copy of CUTLASS"), "{}", ran.out);
    assert_eq!(about("[unmapped-header]").len(), 1, "{}", ran.out);
    assert!(!ran.out.contains("ptx"), "{}", ran.out);
}

/// A macro that the build defines is the project's own, however it is spelled.
#[test]
fn macros_of_build_files_are_names_of_the_project() {
    let code = b"#if defined(NCCL_OS_LINUX) || NPP_FROM_CMAKE || NPP_IN_DEBUG || NPP_PY || NPP_PY_ONE\nint a = NPP_FROM_MAKE;\n#endif\n";
    let project = Project::of(&[
        (
            "a.cpp",
            b"#include <nccl.h>\n#include <npp.h>\n#ifdef NCCL_OS_LINUX\nint a = NPP_FROM_MAKE + NPP_OF_NOBODY;\n#endif\n",
        ),
        ("b.cpp", code),
    ]);
    let found =
        |project: &Project| project.run(&["check", "p", "--exit-zero", "--output-format", "concise"]).out;
    let without = found(&project);
    assert!(without.contains("[NCCL_OS_LINUX]") && without.contains("NPP_OF_NOBODY"), "{without}");
    project.write("Makefile", b"app: a.cpp\n\tg++ -DNCCL_OS_LINUX -DNPP_FROM_MAKE=1 a.cpp\n");
    project.write(
        "CMakeLists.txt",
        b"target_compile_definitions(a PRIVATE NPP_FROM_CMAKE \"$<$<CONFIG:Debug>:NPP_IN_DEBUG=1>\")\n",
    );
    project.write("setup.py", b"setup(define_macros=[(\"NPP_PY\", None), ('NPP_PY_ONE', '1')])\n");
    let with = found(&project);
    assert!(with.contains("NPP_OF_NOBODY"), "{with}");
    for name in ["NCCL_OS_LINUX", "NPP_FROM_MAKE", "NPP_FROM_CMAKE", "NPP_IN_DEBUG", "NPP_PY"] {
        assert!(!with.contains(&format!("`{name}")), "{name}: {with}");
    }
}

/// A project of Visual Studio names a renamed source with `\` between folders: the name follows.
#[test]
fn a_project_of_visual_studio_follows_renamed_sources() {
    let text = "<Project>\r\n  <CudaCompile Include=\"src\\gpu\\a.cu\" />\r\n  <CudaCompile Include=\"gone\\b.cu\" />\r\n</Project>\r\n";
    let project = Project::of(&[("app/app.vcxproj", text.as_bytes())]);
    project.write("app/src/gpu/a.cu", b"#include <cuda_runtime.h>\nvoid f(int *p) { cudaFree(p); }\n");
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert_eq!(String::from_utf8(project.written("app/app.vcxproj")).unwrap(), text.replace("a.cu", "a.hip"));
    assert!(ran.out.contains("app/app.vcxproj:2:3: manual[cuda-in-build]"), "{}", ran.out);
}

/// The minimum release of CMake stays in lists without CUDA that begin no project.
#[test]
fn the_minimum_of_cmake_stays_beside_cuda() {
    let part = b"cmake_minimum_required(VERSION 3.8)\ninclude(ExternalProject)\n";
    let helper = b"cmake_minimum_required(VERSION 3.8)\nproject(helper NONE)\n";
    let main = b"cmake_minimum_required(VERSION 3.8)\nproject(app CXX CUDA)\nadd_executable(app a.cu)\n";
    let project = Project::of(&[
        ("CMakeLists.txt", main.as_slice()),
        ("part.cmake", part),
        ("helper/CMakeLists.txt", helper),
        ("a.cu", b"__global__ void k() {}\n"),
    ]);
    project.run(&["convert", "p", "--exit-zero"]);
    assert_eq!(project.written("part.cmake"), part);
    assert_eq!(project.written("helper/CMakeLists.txt"), helper);
    assert!(String::from_utf8(project.written("CMakeLists.txt")).unwrap().contains("VERSION 3.21"));
}

/// A script of autoconf is not converted, and its first line about CUDA is reported. Lines with `dnl` are comments.
#[test]
fn a_script_of_autoconf_is_reported_once() {
    let text = "AC_INIT([x], [1])\ndnl the folder of nvcc\nCUDA_LIBS=\"-lcudart\"\nNVCC=\"nvcc\"\n";
    let project = Project::of(&[("configure.ac", text.as_bytes()), ("a.cu", b"__global__ void k() {}\n")]);
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert_eq!(String::from_utf8(project.written("configure.ac")).unwrap(), text);
    assert_eq!(ran.out.matches("cuda-in-build").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("configure.ac:3:12: manual"), "{}", ran.out);
}

/// Copies of headers of NVIDIA's Video Codec SDK stay, and the code that includes them is converted.
#[test]
fn copies_of_the_headers_of_the_video_codec_sdk_stay() {
    let header = "#include <cuda.h>\ntypedef struct Parameters { CUcontext context; CUdeviceptr frame; } Parameters;\n";
    let main = "#include <cuda_runtime.h>\n#include \"sdk/cuviddec.h\"\nvoid f(int *p) { cudaFree(p); }\n";
    let names = ["src/sdk/cuviddec.h", "src/sdk/nvcuvid.h", "src/sdk/nvEncodeAPI.h"];
    let project = Project::of(&names.map(|name| (name, header.as_bytes())));
    project.write("src/main.cu", main.as_bytes());
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    for name in names {
        assert_eq!(project.written(name), header.as_bytes(), "{name}: {}", ran.out);
    }
    assert!(ran.out.contains("vendored-library"), "{}", ran.out);
    assert!(String::from_utf8(project.written("src/main.hip")).unwrap().contains("hipFree(p)"));
}

/// Names of a header that is not there, and names of tests, are no names of CUDA.
#[test]
fn names_of_absent_headers_and_of_tests_are_not_cudas() {
    let main = "#include <cuda_runtime.h>\n#include \"utils/cudaDraw.h\"\nvoid f(int *p) { cudaDrawRect(p, 1); cudaDrewRect(p); }\n\
        TEST_P(ImageTest, NppDilateMask) { cudaFree(0); }\n";
    let project = Project::of(&[("src/main.cu", main.as_bytes())]);
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(!ran.out.contains("cudaDrawRect") && !ran.out.contains("NppDilateMask"), "{}", ran.out);
    assert!(ran.out.contains("`cudaDrewRect` looks like a CUDA name"), "{}", ran.out);
}

/// A part of CUB without its main header stays too.
#[test]
fn a_part_of_cub_stays() {
    let header = "#pragma once\n#include <cuda_runtime.h>\nnamespace cub { inline void f() { cudaFree(0); asm(\"trap;\"); } }\n";
    let project = Project::of(&[("src/3rdparty/cub/util_ptx.cuh", header.as_bytes())]);
    project.write("src/a.cu", b"#include \"3rdparty/cub/util_ptx.cuh\"\nvoid g() { cudaFree(0); }\n");
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert_eq!(project.written("src/3rdparty/cub/util_ptx.cuh"), header.as_bytes(), "{}", ran.out);
}
