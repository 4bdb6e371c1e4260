//! Parts of a project that build for ROCm by themselves stay as they are, unless the user asks for their conversion.

use crate::support::Project;

const KERNEL: &[u8] = b"#include <cuda_runtime.h>\nvoid f(int *p) { cudaFree(p); }\n";
const CUDA_CMAKE: &[u8] =
    b"cmake_minimum_required(VERSION 3.21)\nproject(app CUDA CXX)\nadd_library(app a.cu)\n";
const BOTH_CMAKE: &[u8] =
    b"cmake_minimum_required(VERSION 3.21)\nproject(app CXX)\noption(APP_HIP \"\" OFF)\nif(APP_HIP)\n  \
    enable_language(HIP)\nelse()\n  enable_language(CUDA)\nendif()\nadd_library(app a.cu)\n";
const NVCC_MAKE: &[u8] = b"NVCC = nvcc\napp: a.cu\n\t$(NVCC) a.cu -o $@\n";
const BOTH_MAKE: &[u8] =
    b"NVCC := nvcc\nHIPCC := hipcc\na: a.cu\n\t$(NVCC) -O3 -o $@ $<\nb: a.cu\n\t$(HIPCC) -O3 -o $@ $<\n";

/// Checks which of `files` a conversion with `flags` changes. The others are byte-identical.
#[track_caller]
fn check(files: &[(&str, &[u8])], flags: &[&str], changed: &[&str]) {
    let project = Project::of(files);
    let ran = project.run(&[&["convert", "p", "--exit-zero"], flags].concat());
    for (path, bytes) in files {
        let stays = project.output(path).is_file() && project.written(path) == *bytes;
        assert_eq!(stays, !changed.contains(path), "{path}: {}", ran.out);
    }
}

/// The findings of `command`, one a line.
fn found(files: &[(&str, &[u8])], command: &[&str]) -> Vec<String> {
    let project = Project::of(files);
    let ran = project.run(&[command, &["--exit-zero", "--output-format", "concise"]].concat());
    ran.out.lines().filter(|line| line.contains('[')).map(str::to_owned).collect()
}

/// A whole project with a build for HIP: the one finding says it, and `check` prints nothing.
#[test]
fn a_project_stays() {
    let files = [("CMakeLists.txt", BOTH_CMAKE), ("a.cu", KERNEL), ("tools/b.cu", KERNEL)];
    check(&files, &[], &[]);
    let findings = found(&files, &["convert", "p"]);
    assert!(findings.len() == 1 && findings[0].contains("builds for ROCm already"), "{findings:?}");
    assert_eq!(found(&files, &["check", "p"]), Vec::<String>::new());
    let project = Project::of(&files);
    project.run(&["check", "p"]).check(0, &[]);
    assert!(project.run(&["scan", "p", "--exit-zero"]).out.contains("builds for ROCm already"));
}

/// The flag and the setting convert it all the same, and so does the name of a part.
#[test]
fn a_conversion_on_request() {
    let files = [("CMakeLists.txt", BOTH_CMAKE), ("a.cu", KERNEL)];
    check(&files, &["--own-hip-build", "convert"], &["a.cu"]);
    let set = [files[0], files[1], ("tranship.toml", b"own_hip_build = \"convert\"\n" as &[u8])];
    check(&set, &[], &["a.cu"]);
    check(&set, &["--own-hip-build", "keep"], &[]);
    let project = Project::of(&[files[0], files[1], ("tools/b.cu", KERNEL)]);
    project.run(&["convert", "p/tools", "--own-hip-build", "convert", "--exit-zero"]);
    assert!(project.around().join("p/tools-hip/b.hip").is_file());
}

/// Only folders with a build file for HIP stay. A folder beside one, with a build for CUDA alone, is converted.
#[test]
fn a_folder_beside_one_with_a_build_for_hip() {
    let files = [
        ("one/Makefile", BOTH_MAKE),
        ("one/a.cu", KERNEL),
        ("two/Makefile", NVCC_MAKE),
        ("two/a.cu", KERNEL),
        ("third_party/lib/CMakeLists.txt", BOTH_CMAKE),
        ("third_party/lib/a.cu", KERNEL),
    ];
    check(&files, &[], &["two/Makefile", "two/a.cu"]);
}

/// A library of others with a build for HIP does not silence the project, also without a CMake project of its own.
#[test]
fn a_library_of_others_with_a_build_for_hip() {
    let part: &[u8] = b"option(LIB_HIP \"\" OFF)\nadd_library(lib l.cu)\n";
    let files = [
        ("CMakeLists.txt", CUDA_CMAKE),
        ("a.cu", KERNEL),
        ("third_party/lib/CMakeLists.txt", part),
        ("third_party/lib/l.cu", KERNEL),
    ];
    check(&files, &[], &["CMakeLists.txt", "a.cu"]);
}

/// Code outside of the folder that a part which stays includes has to stay too.
#[test]
fn a_header_that_a_part_includes() {
    let code: &[u8] = b"#include \"../common.h\"\nvoid f(int *p) { cudaFree(p); }\n";
    let header: &[u8] = b"#pragma once\n#include <cuda_runtime.h>\ncudaError_t check();\n";
    let files = [
        ("common.h", header),
        ("other.h", header),
        ("one/Makefile", BOTH_MAKE),
        ("one/a.cu", code),
        ("two/Makefile", NVCC_MAKE),
        ("two/a.cu", KERNEL),
    ];
    check(&files, &[], &["other.h", "two/Makefile", "two/a.cu"]);
}

/// Scripts, presets, tests of the vendor in Python modules, single files with a twin and results are too weak to leave a project.
#[test]
fn weak_signs() {
    let script: &[u8] = b"#!/bin/sh\nexport CC=hipcc\nnvcc x.cu\n";
    let presets: &[u8] = b"{\"configurePresets\": [{\"cacheVariables\": {\"USE_HIP\": \"ON\"}}]}\n";
    let module: &[u8] = b"from torch.utils import cpp_extension\nimport torch\nprint(torch.version.hip)\n";
    let hip: &[u8] = b"#include <hip/hip_runtime.h>\nvoid f(int *p) { hipFree(p); }\n";
    let weak: [(&str, &[u8]); 6] = [
        ("build.sh", script),
        ("CMakePresets.json", presets),
        ("ops/load.py", module),
        ("src/b.hip", hip),
        ("results/hip/a.txt", b"hip 1\n"),
        ("make.inc.amd", b"FC := /opt/rocm/llvm/bin/flang\n"),
    ];
    for sign in weak {
        let files = [("src/a.cu", KERNEL), ("src/b.cu", KERNEL), sign];
        let project = Project::of(&files);
        project.run(&["convert", "p", "--exit-zero"]);
        let is_converted = ["src/a.cu", "src/a.hip"]
            .iter()
            .any(|path| project.output(path).is_file() && project.written(path) != KERNEL);
        assert!(is_converted, "{}", sign.0);
    }
}

/// The finding names build files below a part that stays which build for CUDA alone.
#[test]
fn a_folder_that_is_not_ported() {
    let files = [
        ("CMakeLists.txt", BOTH_CMAKE),
        ("a.cu", KERNEL),
        ("tools/Makefile", NVCC_MAKE),
        ("tools/b.cu", KERNEL),
    ];
    check(&files, &[], &[]);
    let project = Project::of(&files);
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "json"]);
    assert!(ran.out.contains("`tools/Makefile` builds for CUDA alone"), "{}", ran.out);
    assert!(ran.out.contains("`tranship convert FOLDER --own-hip-build convert`"), "{}", ran.out);
}

/// Code that is HIP already is still checked.
#[test]
fn code_that_is_hip_is_checked() {
    let hip: &[u8] = b"#include <hip/hip_runtime.h>\n__global__ void k(int *o) { o[0] = __shfl_sync(0xffffffff, o[1], 0); }\n";
    let files = [("CMakeLists.txt", BOTH_CMAKE), ("a.cu", KERNEL), ("h.hip", hip)];
    let findings = found(&files, &["check", "p"]);
    assert!(findings.len() == 1 && findings[0].contains("shuffle-mask"), "{findings:?}");
}

/// An option that is named after hipBLAS starts the build, and a variable of CMake's own module for HIP does not.
#[test]
fn names_of_options() {
    let blas: &[u8] =
        b"project(app CXX)\noption(APP_HIPBLAS \"\" OFF)\nif(APP_CUDA)\n  enable_language(CUDA)\nendif()\n";
    let docker: &[u8] = b"FROM nvidia/cuda:12.4.0-devel-ubuntu22.04\nENV CUDACXX=/usr/local/cuda/bin/nvcc\n";
    check(&[("CMakeLists.txt", blas), ("docker/Dockerfile.cuda", docker), ("a.cu", KERNEL)], &[], &[]);
    let find: &[u8] = b"if(HIP_PLATFORM STREQUAL \"amd\")\n  set(HIP_FOUND TRUE)\nendif()\n";
    let files = [("CMakeLists.txt", CUDA_CMAKE), ("cmake/FindHIP.cmake", find), ("a.cu", KERNEL)];
    let project = Project::of(&files);
    project.run(&["convert", "p", "--exit-zero"]);
    assert_ne!(project.written("a.cu"), KERNEL);
}

/// A project that always needs Kokkos and has no file and no build for CUDA is compiled for HIP by Kokkos.
#[test]
fn a_project_that_needs_kokkos() {
    let cmake: &[u8] =
        b"cmake_minimum_required(VERSION 3.22)\nproject(app CXX)\nfind_package(Kokkos 4.5 REQUIRED CONFIG)\n";
    let code: &[u8] = b"#include <Kokkos_Core.hpp>\n#ifdef KOKKOS_ENABLE_CUDA\nvoid f(cudaStream_t s) { cudaStreamDestroy(s); }\n#endif\n";
    check(&[("CMakeLists.txt", cmake), ("src/a.hpp", code)], &[], &[]);
    let optional: &[u8] = b"cmake_minimum_required(VERSION 3.22)\nproject(app CXX)\nif(APP_KOKKOS)\n  find_package(Kokkos)\nendif()\n";
    check(&[("CMakeLists.txt", optional), ("src/a.cpp", KERNEL)], &[], &["src/a.cpp"]);
    check(
        &[("CMakeLists.txt", cmake), ("src/a.cpp", KERNEL), ("src/k.cu", KERNEL)],
        &[],
        &["src/a.cpp", "src/k.cu"],
    );
}

/// Options of the compiler for HIP that a Makefile sets are a build for HIP, and those in comments are none.
#[test]
fn settings_of_a_makefile() {
    let set: &[u8] = b"#CXX = nvcc\nCXX = CC\nCPPFLAGS = -O2 -DHAVE_HIP -x hip --offload-arch=gfx90a\n";
    let comment: &[u8] = b"CXX = nvcc\n#CPPFLAGS = -O2 -DHAVE_HIP -x hip\n";
    check(&[("src/Makefile", set), ("src/a.cc", KERNEL)], &[], &[]);
    check(&[("src/Makefile", comment), ("src/a.cc", KERNEL)], &[], &["src/Makefile", "src/a.cc"]);
}

/// A build file above a part that stays names the sources of that part, so it stays too.
#[test]
fn a_build_file_above_a_part() {
    let cmake: &[u8] =
        b"cmake_minimum_required(VERSION 3.21)\nproject(app CUDA CXX)\nadd_executable(app src/a.cu)\n";
    let hip: &[u8] = b"CC = hipcc\na: a.cu\n\t$(CC) a.cu\n";
    let files = [
        ("CMakeLists.txt", cmake),
        ("src/makefile", NVCC_MAKE),
        ("src/makefile.hip", hip),
        ("src/a.cu", KERNEL),
        ("tools/Makefile", NVCC_MAKE),
        ("tools/a.cu", KERNEL),
    ];
    check(&files, &[], &["tools/Makefile", "tools/a.cu"]);
    // With a source of its own outside of the part, it is converted.
    let more = [files[0], files[1], files[2], files[3], ("b.cu", KERNEL)];
    check(&more, &[], &["CMakeLists.txt", "b.cu"]);
}

/// Build files above the folder can build for HIP. Then the folder stays too, and the finding names the build file.
#[test]
fn a_folder_below_the_build_for_hip() {
    let files = [
        (".git/HEAD", b"ref: refs/heads/main\n" as &[u8]),
        ("CMakeLists.txt", BOTH_CMAKE),
        ("src/a.cu", KERNEL),
    ];
    let project = Project::of(&files);
    let ran = project.run(&["convert", "p/src", "--exit-zero", "--output-format", "concise"]);
    assert!(ran.out.contains("builds for ROCm already: `../CMakeLists.txt:3`"), "{}", ran.out);
    assert_eq!(std::fs::read(project.around().join("p/src-hip/a.cu")).ok().as_deref(), Some(KERNEL));
    project.run(&["convert", "p/src", "--own-hip-build", "convert", "--exit-zero", "--out", "forced"]);
    let forced = std::fs::read_to_string(project.around().join("forced/a.cu")).unwrap_or_default();
    assert!(forced.contains("hipFree(p)"), "{forced}");
}

/// A folder with a build for CUDA alone belongs to no build above it, and neither does a folder that is no part of a repository.
#[test]
fn a_folder_with_a_build_of_its_own_below_the_build_for_hip() {
    let head = (".git/HEAD", b"ref: refs/heads/main\n" as &[u8]);
    let apart = [
        head,
        ("CMakeLists.txt", BOTH_CMAKE),
        ("tool/CMakeLists.txt", CUDA_CMAKE),
        ("tool/src/a.cu", KERNEL),
    ];
    for folder in ["tool", "tool/src"] {
        let project = Project::of(&apart);
        project.run(&["convert", &format!("p/{folder}"), "--exit-zero", "--out", "o"]);
        let names = ["o/a.hip", "o/src/a.hip"];
        assert!(names.iter().any(|name| project.around().join(name).is_file()), "{folder}");
    }
    let project = Project::of(&[("CMakeLists.txt", BOTH_CMAKE), ("src/a.cu", KERNEL)]);
    project.run(&["convert", "p/src", "--exit-zero", "--out", "o"]);
    assert!(project.around().join("o/a.hip").is_file());
}
