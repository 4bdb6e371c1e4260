//! Conversion while a project is built: the CMake module, with Ninja and with Make, and the recipe for Meson.
//!
//! The compiler is clang 22. A launcher adds the folders of headers and compiles for the host only, because there are no device libraries
//! to link with; the compile tier compiles converted code for GPUs.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installed::{has, headers, tool};
use crate::rocm_root;
use crate::support::{PROGRAM, root};

const LISTS: &str = "cmake_minimum_required(VERSION 3.21)
project(demo LANGUAGES CXX)
option(USE_HIP \"Build for AMD GPUs\" OFF)
if(USE_HIP)
  enable_language(HIP)
else()
  enable_language(CUDA)
endif()
add_library(demo STATIC src/scale.cu src/host.cpp)
target_include_directories(demo PUBLIC include)
set_source_files_properties(src/host.cpp PROPERTIES COMPILE_DEFINITIONS ONE=1)
if(USE_HIP)
  include(Tranship)
  tranship_convert(demo)
endif()
# This target is not converted, but uses converted headers.
add_library(app STATIC app.cpp)
target_link_libraries(app PRIVATE demo)
target_sources(demo PRIVATE src/late.cu)
";

pub(crate) const SOURCES: &[(&str, &str)] = &[
    (
        "include/demo/scale.cuh",
        "#pragma once\n#include <demo/factor.h>\ncudaError_t scale(float *x, int n);\n",
    ),
    ("include/demo/factor.h", "#pragma once\n#include <cuda_runtime.h>\n#define FACTOR 2.0f\n"),
    (
        "src/scale.cu",
        "#include <demo/scale.cuh>\n#include \"detail.h\"\n\
         __global__ void k(float *x, int n) {\n  int i = blockIdx.x * blockDim.x + threadIdx.x;\n  \
         if (i < n) x[i] *= FACTOR + DETAIL;\n  x[0] = __shfl_down_sync(0xffffffff, x[0], 1);\n}\n\
         cudaError_t scale(float *x, int n) { k<<<(n + 255) / 256, 256>>>(x, n); return cudaGetLastError(); }\n",
    ),
    ("src/detail.h", "#define DETAIL 1.0f\n"),
    (
        "src/late.cu",
        "#include <demo/scale.cuh>\ncudaError_t twice(float *x, int n) { return scale(x, n); }\n",
    ),
    (
        "src/host.cpp",
        "#if ONE != 1\n#error the property of the source is lost\n#endif\nint host() { return ONE; }\n",
    ),
    ("app.cpp", "#include <demo/factor.h>\nhipError_t error;\n"),
];

/// The declarations of HIP's runtime that the project uses. The tests of what is built again use them, because clang reads the real
/// header for seconds.
const RUNTIME: &str = "#pragma once
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
typedef enum hipError_t { hipSuccess } hipError_t;
typedef struct ihipStream_t *hipStream_t;
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
extern \"C\" hipError_t hipLaunchKernel(const void *, dim3, dim3, void **, unsigned long, hipStream_t);
extern \"C\" hipError_t __hipPushCallConfiguration(dim3, dim3, unsigned long = 0, hipStream_t = 0);
extern \"C\" hipError_t hipGetLastError();
#ifdef __HIP__
extern __device__ const dim3 threadIdx, blockIdx, blockDim;
__device__ float __shfl_down(float, unsigned, int = 64);
#endif
";

/// The headers with which a project is compiled.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Hip {
    /// Those of HIP 7.1.
    Real,
    /// [`RUNTIME`] alone.
    Declared,
}

/// The options of clang 22 for these headers, and the folder of `hip/hip_runtime.h`.
pub(crate) fn hip_options(folder: &Path, hip: Hip) -> (String, PathBuf) {
    if hip == Hip::Declared {
        let include = folder.join("hip-declared");
        fs::create_dir_all(include.join("hip")).unwrap();
        fs::write(include.join("hip/hip_runtime.h"), RUNTIME).unwrap();
        return (format!("-nogpuinc -nogpulib -isystem{}", include.display()), include);
    }
    let headers = headers();
    let resources = Command::new("clang++-22").arg("-print-resource-dir").output().unwrap();
    let wrappers = String::from_utf8(resources.stdout).unwrap().trim().to_owned() + "/include/cuda_wrappers";
    let mut options =
        "-nogpuinc -nogpulib -include __clang_hip_runtime_wrapper.h -D__HIP_PLATFORM_AMD__".to_owned();
    for include in [
        PathBuf::from(wrappers),
        headers.join("hip-7.1/include"),
        headers.join("hip-7.1-mix"),
        headers.join("hip-7.1/include/hip/amd_detail"),
    ] {
        options.push_str(" -isystem");
        options.push_str(&include.to_string_lossy());
    }
    (options, headers.join("hip-7.1/include"))
}

/// Writes an executable script into `folder`.
pub(crate) fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Writes `files` into the folder `p` of `folder`.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join("p").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// The value of PATH with the program, the Python tools and the folder `first` before everything else.
pub(crate) fn path_with_tools(first: &Path) -> OsString {
    let before = std::env::var_os("PATH").unwrap_or_default();
    let program = Path::new(PROGRAM).parent().unwrap().to_owned();
    let own = [first.to_owned(), program, headers().join("python/bin")];
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&before))).unwrap()
}

/// A CMake project with its build folder.
struct Build {
    folder: tempfile::TempDir,
    generator: &'static str,
    path: OsString,
}

impl Build {
    /// The project with `lists` as its `CMakeLists.txt`; `None` after reporting a missing tool.
    fn new(generator: &'static str, lists: &str) -> Option<Self> {
        if !has("cmake") || !has("clang++-22") || !has("make") {
            return None;
        }
        tool("ninja")?;
        let folder = tempfile::Builder::new().prefix("tranship-build").tempdir().unwrap();
        write(folder.path(), SOURCES);
        write(folder.path(), &[("CMakeLists.txt", lists)]);
        let path = path_with_tools(folder.path());
        Some(Self { folder, generator, path })
    }

    fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("cmake")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .output()
            .unwrap();
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(text) } else { Err(text) }
    }

    fn configure(&self, hip: Hip) -> Result<String, String> {
        let folder = self.folder.path();
        let rocm = folder.join("rocm");
        if !rocm.exists() {
            rocm_root(folder).expect("Debian's HIP packages are installed with its compiler");
        }
        let modules = root().join("build-tools/cmake");
        let (options, include) = hip_options(folder, hip);
        let launcher = script(folder, "launcher", &format!("exec \"$@\" {options} --cuda-host-only\n"));
        self.command(&[
            "-S",
            "p",
            "-B",
            "b",
            "-G",
            self.generator,
            "-DUSE_HIP=ON",
            &format!("-DCMAKE_MODULE_PATH={}", modules.display()),
            "-DCMAKE_HIP_COMPILER=clang++-22",
            "-DCMAKE_HIP_COMPILER_FORCED=1",
            "-DCMAKE_HIP_ARCHITECTURES=gfx90a",
            &format!("-DCMAKE_HIP_COMPILER_LAUNCHER={}", launcher.display()),
            &format!("-DCMAKE_HIP_COMPILER_ROCM_ROOT={}", rocm.display()),
            &format!("-DCMAKE_CXX_FLAGS=-D__HIP_PLATFORM_AMD__ -isystem{}", include.display()),
            // CMake sets these for a compiler that it recognises.
            "-DCMAKE_DEPFILE_FLAGS_HIP=-MD -MT <DEP_TARGET> -MF <DEP_FILE>",
            "-DCMAKE_HIP_DEPFILE_FORMAT=gcc",
            "-DCMAKE_HIP_DEPENDS_USE_COMPILER=TRUE",
        ])
    }

    /// Builds, and returns the names of the sources that were compiled, or the whole output if the build fails.
    fn build(&self) -> Result<Vec<String>, String> {
        let text = self.command(&["--build", "b"])?;
        let compiled = text.lines().filter(|line| line.contains(" object "));
        let name = |line: &str| {
            Path::new(line.trim_end_matches(".o")).file_name().unwrap().to_str().unwrap().to_owned()
        };
        let mut compiled: Vec<_> = compiled.map(name).collect();
        compiled.sort();
        Ok(compiled)
    }

    #[track_caller]
    fn compiles(&self, expected: &[&str]) {
        assert_eq!(self.build().unwrap_or_else(|log| panic!("{log}")), expected);
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let path = self.folder.path().join("p").join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(path, text.replace(old, new)).unwrap();
    }
}

#[track_caller]
fn check_incremental(generator: &'static str) {
    let Some(build) = Build::new(generator, LISTS) else { return };
    build.configure(Hip::Declared).unwrap_or_else(|log| panic!("{log}"));
    build.compiles(&["app.cpp", "host.cpp", "late.cu", "scale.cu"]);
    build.compiles(&[]);
    // A header for two sources, one for one, and one that only got a new time.
    build.edit("include/demo/factor.h", "2.0f", "3.0f");
    build.compiles(&["app.cpp", "late.cu", "scale.cu"]);
    build.edit("src/detail.h", "1.0f", "4.0f");
    build.compiles(&["scale.cu"]);
    build.edit("src/detail.h", "4.0f", "4.0f");
    build.compiles(&[]);
    // A new header, its next change, and its removal.
    write(build.folder.path(), &[("src/new.h", "#define NEW 1\n")]);
    build.edit("src/late.cu", "#include <demo", "#include \"new.h\"\n#include <demo");
    build.compiles(&["late.cu"]);
    build.compiles(&[]);
    build.edit("src/new.h", "NEW 1", "NEW 2");
    build.compiles(&["late.cu"]);
    build.edit("src/late.cu", "#include \"new.h\"\n", "");
    fs::remove_file(build.folder.path().join("p/src/new.h")).unwrap();
    build.compiles(&["late.cu"]);
    build.compiles(&[]);
    // A new source.
    write(build.folder.path(), &[("src/more.cu", "__global__ void more() {}\n")]);
    build.edit("CMakeLists.txt", "src/late.cu", "src/late.cu src/more.cu");
    // With Make, CMake compiles a whole target again if the options of its sources change.
    let all = ["host.cpp", "late.cu", "more.cu", "scale.cu"];
    build.compiles(if generator == "Ninja" { &["more.cu"] } else { &all });
    build.compiles(&[]);
    let converted = fs::read_to_string(build.folder.path().join("b/tranship/p/files/src/scale.cu")).unwrap();
    assert!(converted.contains("hipGetLastError()") && converted.contains("__shfl_down("), "{converted}");
    let source = fs::read_to_string(build.folder.path().join("p/src/scale.cu")).unwrap();
    assert!(source.contains("cudaGetLastError()"), "the source stays");
}

#[test]
fn ninja_converts_and_compiles_what_changed() {
    check_incremental("Ninja");
}

#[test]
fn make_converts_and_compiles_what_changed() {
    check_incremental("Unix Makefiles");
}

#[test]
fn an_open_finding_stops_the_build_until_it_is_answered() {
    for (generator, hip) in [("Ninja", Hip::Real), ("Unix Makefiles", Hip::Declared)] {
        let Some(build) = Build::new(generator, LISTS) else { return };
        build.edit(
            "src/late.cu",
            "cudaError_t twice",
            "void *image() { int step; return nppiMalloc_8u_C1(1, 1, &step); }\ncudaError_t twice",
        );
        build.configure(hip).unwrap_or_else(|log| panic!("{log}"));
        for _ in 0..2 {
            let log = build.build().expect_err("the finding is open");
            let finding =
                log.lines().find(|line| line.contains("late.cu:2:")).unwrap_or_else(|| panic!("{log}"));
            assert!(finding.contains("manual[nppiMalloc_8u_C1]") || finding.contains("manual"), "{finding}");
            assert!(!log.contains("late.cu.o"), "nothing is compiled: {log}");
        }
        build.edit("src/late.cu", "void *image() { int step; return nppiMalloc_8u_C1(1, 1, &step); }\n", "");
        build.compiles(&["app.cpp", "host.cpp", "late.cu", "scale.cu"]);
        build.compiles(&[]);
    }
}

#[test]
fn wrong_calls_are_errors_that_name_the_cause() {
    for (old, new, expected) in [
        ("tranship_convert(demo)", "tranship_convert(dem)", "`dem` is no target"),
        (
            "tranship_convert(demo)",
            "tranship_convert(demo FAIL_ON safe)",
            "FAIL_ON is manual, review or never, not `safe`",
        ),
        (
            "tranship_convert(demo)",
            "tranship_convert(demo ROOT include)",
            "`src/scale.cu` of `demo` is not in",
        ),
        ("tranship_convert(demo)", "tranship_convert(demo OPTIONS --rocm 1.0)", "the conversion failed"),
        (
            "tranship_convert(demo)",
            "tranship_convert(demo EXCLUDE late.cu)",
            "missing, ignored by git, or excluded",
        ),
        ("  enable_language(HIP)", "", "the language HIP is not enabled"),
    ] {
        let Some(build) = Build::new("Ninja", &LISTS.replace(old, new)) else { return };
        let log = build.configure(Hip::Declared).expect_err(expected);
        // CMake breaks the lines of messages.
        let words = log.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(expected), "{expected}: {log}");
    }
}
