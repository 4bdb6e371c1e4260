//! What code for a host compiler gets from CUDA's headers and not from HIP's.

use std::fs;

use crate::support::Project;
use tranship_engine::{Options, Source, translate_files};

/// The rules found in the first of `files`, and its text afterwards.
fn first(files: &[(&str, &str)]) -> (Vec<(&'static str, String)>, String) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let translation = translate_files(&files, &Options::default()).swap_remove(0);
    let source = Source::new(files[0].0, files[0].1);
    let output = String::from_utf8_lossy(&translation.output(&source)).into_owned();
    let found = translation.findings.iter();
    (found.map(|finding| (finding.rule, finding.words().what.into_owned())).collect(), output)
}

/// Asserts what the first file becomes.
#[track_caller]
fn becomes(files: &[(&str, &str)], expected: &str) {
    assert_eq!(first(files).1, expected);
}

/// The texts of the findings of `rule` in the first file.
fn texts(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    first(files).0.into_iter().filter(|(found, _)| *found == rule).map(|(_, what)| what).collect()
}

#[test]
fn half_from_a_header_of_a_library_gets_its_own_include() {
    becomes(
        &[("a.cpp", "#include <cublas_v2.h>\n#include \"b.h\"\nhalf x;\n")],
        "#include <hipblas/hipblas.h>\n#include <hip/hip_fp16.h>\n#include \"b.h\"\nhalf x;\n",
    );
    // The header comes through a file of the project.
    becomes(
        &[("a.cpp", "#include \"b.h\"\n__half2 x;\n"), ("b.h", "#pragma once\n#include <cusparse.h>\n")],
        "#include \"b.h\"\n#include <hip/hip_fp16.h>\n__half2 x;\n",
    );
    becomes(
        &[("a.cu", "#include <cublas_v2.h>\n__nv_bfloat16 x;\nhalf y;\n")],
        "#include <hip/hip_runtime.h>\n#include <hipblas/hipblas.h>\n#include <hip/hip_bf16.h>\n\
         #include <hip/hip_fp16.h>\n__hip_bfloat16 x;\nhalf y;\n",
    );
    // An include in a block of C does not get an include of C++ behind it.
    becomes(
        &[("a.cpp", "extern \"C\" {\n#include <nccl.h>\n}\nhalf x;\n")],
        "#include <hip/hip_fp16.h>\nextern \"C\" {\n#include <rccl/rccl.h>\n}\nhalf x;\n",
    );
}

#[test]
fn half_that_is_included_or_is_the_project_s_own_gets_no_include() {
    for code in [
        "#include <cublas_v2.h>\n#include <cuda_fp16.h>\nhalf x;\n",
        "#include <cublas_v2.h>\n#ifdef HALF\n#include <cuda_fp16.h>\nhalf x;\n#endif\n",
        "#include <cublas_v2.h>\nclass half { int x; };\nhalf x;\n",
        "#include <cublas_v2.h>\nint f(int half) { return half / 2; }\nint g(int x) { int half = x; return half; }\n",
        "#include <cublas_v2.h>\nnamespace own { struct half {}; }\nown::half x;\nint n(own::half y);\n",
        "#include <cublas_v2.h>\nstruct A { int half; };\nint f(A a) { return a.half; }\n// half\n",
        "#include <cuda_runtime.h>\n#include <half.hpp>\nhalf x;\n",
    ] {
        assert_eq!(texts(&[("a.cpp", code)], "brought-include"), [""; 0], "{code}");
    }
    let own = "#pragma once\nstruct half { short bits; };\n";
    let files = [("a.cpp", "#include <cublas_v2.h>\n#include \"half.h\"\nhalf x;\n"), ("half.h", own)];
    assert_eq!(texts(&files, "brought-include"), [""; 0]);
}

#[test]
fn an_alignment_that_a_host_compiler_reads_becomes_an_attribute() {
    let header = "#include <cuda_runtime.h>\ntypedef struct __align__(8) { float2 a; } A;\n\
                  struct B { float __align__ ( sizeof(int) * 4 ) x; }; // __align__(4)\n";
    let converted = "#include <hip/hip_runtime.h>\ntypedef struct __attribute__((aligned(8))) { float2 a; } A;\n\
                     struct B { float __attribute__((aligned ( sizeof(int) * 4 ))) x; }; // __align__(4)\n";
    let unchanged = header.replace("cuda_runtime.h", "hip/hip_runtime.h");
    becomes(&[("a.h", header), ("b.h", "#include \"a.h\"\n"), ("c.cc", "#include \"b.h\"\n")], converted);
    becomes(&[("c.cpp", header)], converted);
    becomes(&[("a.h", header), ("b.cu", "#include \"a.h\"\n")], &unchanged);
    becomes(&[("a.h", header)], &unchanged);
    // nvcc compiles a source with a kernel, and a macro of the project is the project's own.
    becomes(
        &[("c.cpp", &format!("{header}__global__ void k();\n"))],
        &format!("{unchanged}__global__ void k();\n"),
    );
    let own = ("d.h", "#ifndef __align__\n#define __align__(n) alignas(n)\n#endif\n");
    becomes(&[("c.cpp", header), own], &unchanged);
}

#[test]
fn a_header_that_only_hip_compilers_read_is_reported_where_a_host_compiler_reads_it() {
    let header = ("a.h", "#include <cuda_bf16.h>\n#include <cuda_fp16.h>\n__nv_bfloat16 f();\n");
    let sources: Vec<(&str, &str)> = ["a.cc", "b.cc", "c.cpp", "d.c", "e.cu"]
        .into_iter()
        .map(|path| (path, "#include \"a.h\"\n"))
        .collect();
    let rule = "host-compiler-header";
    let what = "a host compiler reads `hip/hip_bf16.h` in `a.cc`, `b.cc`, `c.cpp` and 1 more";
    assert_eq!(texts(&[&[header], &sources[..]].concat(), rule), [what]);
    assert_eq!(texts(&[header, sources[4]], rule), [""; 0]);
    assert_eq!(texts(&[header], rule), [""; 0]);
    let cub = ("x.cpp", "#include <cub/cub.cuh>\nint f() { return 0; }\n");
    assert_eq!(texts(&[cub], rule), ["a host compiler reads `hipcub/hipcub.hpp` in `x.cpp`"]);
    let nvcc = ("x.cpp", "#include <cub/cub.cuh>\n__global__ void k() {}\n");
    assert_eq!(texts(&[nvcc], rule), [""; 0]);
    // A host compiler does not read what a condition on the compiler includes.
    let through = |condition: &str| {
        let middle = format!("#pragma once\n#if {condition}\n#include \"a.h\"\n#endif\n");
        texts(&[header, ("b.h", &middle), ("c.cc", "#include \"b.h\"\n")], rule).len()
    };
    assert_eq!(through("defined(__CUDACC__)"), 0);
    assert_eq!(through("defined(__CUDACC__) && defined(FAST)"), 0);
    assert_eq!(through("defined(__NVCC__) || defined(__CUDACC__)"), 0);
    assert_eq!(through("defined(__CUDACC__) || defined(FAST)"), 1);
    assert_eq!(through("!defined(__CUDACC__)"), 1);
    assert_eq!(through("FAST"), 1);
}

/// The text of the first file after the conversion.
fn build_file(files: &[(&str, &str)]) -> String {
    first(files).1
}

#[test]
fn a_source_that_needs_a_hip_compiler_is_compiled_as_hip_by_its_cmake_file() {
    let source = ("src/x.cpp", "#include \"x.h\"\nint f() { return 0; }\n");
    let header = ("src/x.h", "#pragma once\n#include <cuda_bf16.h>\n__nv_bfloat16 g();\n");
    let plain = ("src/y.cpp", "#include <cuda_runtime.h>\n");
    let project = "project(a LANGUAGES CXX CUDA)\n";
    let after = "project(a LANGUAGES CXX HIP)\n";
    for (named, line) in [
        ("add_library(a src/x.cpp src/y.cpp)\n", "src/x.cpp"),
        ("set(ALL src/x.cpp src/y.cpp)\nadd_executable(a ${ALL})\n", "src/x.cpp"),
        ("add_library(a ${CMAKE_CURRENT_SOURCE_DIR}/src/x.cpp)\n", "src/x.cpp"),
    ] {
        let text = format!("{project}{named}");
        let files = [("CMakeLists.txt", text.as_str()), source, header, plain];
        let set = format!("set_source_files_properties({line} PROPERTIES LANGUAGE HIP)\n");
        let expected = format!("{after}{named}{set}");
        assert_eq!(build_file(&files), expected);
        assert_eq!(texts(&[header, files[0], source, plain], "host-compiler-header"), [""; 0]);
        // The second conversion changes nothing.
        let header = ("src/x.h", "#pragma once\n#include <hip/hip_bf16.h>\n__hip_bfloat16 g();\n");
        assert_eq!(build_file(&[("CMakeLists.txt", &expected), source, header, plain]), expected);
    }
    // Without the language or a target that names the source, a person decides.
    for text in [
        "project(a LANGUAGES CXX)\nadd_library(a src/x.cpp)\n",
        "project(a LANGUAGES CXX CUDA)\nadd_library(a src/y.cpp)\n",
    ] {
        let files = [("CMakeLists.txt", text), source, header, plain];
        assert!(!build_file(&files).contains("set_source"), "{text}");
        assert_eq!(texts(&[header, files[0], source, plain], "host-compiler-header").len(), 1, "{text}");
    }
    // The project sets the language of the source, or includes the header in a branch.
    let own = "project(a LANGUAGES CXX CUDA)\nadd_library(a src/x.cpp)\n\
               set_source_files_properties(src/x.cpp PROPERTIES LANGUAGE CUDA)\n";
    assert_eq!(build_file(&[("CMakeLists.txt", own), source, header]), own.replace("CUDA", "HIP"));
    let branch = ("src/x.h", "#ifdef WITH_BF16\n#include <cuda_bf16.h>\n#endif\n");
    let text = format!("{project}add_library(a src/x.cpp)\n");
    assert!(!build_file(&[("CMakeLists.txt", &text), source, branch]).contains("set_source"));
}

#[test]
fn a_source_without_a_word_of_cuda_is_compiled_as_hip_if_the_headers_of_the_project_need_that() {
    let project = Project::of(&[
        (
            "CMakeLists.txt",
            b"cmake_minimum_required(VERSION 3.21)\nproject(app LANGUAGES CXX CUDA)\n\
              add_executable(app src/a.cpp src/b.cpp src/c.cpp src/d.cpp src/k.cu)\n",
        ),
        ("src/gpu.h", b"#pragma once\n#include <cuda_bf16.h>\nvoid fill(__nv_bfloat16 *p);\n"),
        ("src/middle.h", b"#pragma once\n#include \"gpu.h\"\n"),
        ("src/blas.h", b"#pragma once\n#include <cublas_v2.h>\n"),
        ("src/k.cu", b"#include \"gpu.h\"\n"),
        ("src/a.cpp", b"#include \"gpu.h\"\nint main() { return 0; }\n"),
        ("src/b.cpp", b"#  include \"middle.h\"\nint b() { return 0; }\n"),
        // A comment and a branch do not decide.
        (
            "src/c.cpp",
            b"// #include \"gpu.h\"\n#ifdef GPU\n#include \"gpu.h\"\n#endif\nint c() { return 0; }\n",
        ),
        ("src/d.cpp", b"#include \"blas.h\"\nvoid d(half *p);\n"),
    ]);
    project.run(&["convert", "p"]).check(1, &["1 to review, 1 manual"]);
    let text = |name: &str| String::from_utf8(project.written(name)).unwrap();
    let cmake = text("CMakeLists.txt");
    assert!(
        cmake.contains("set_source_files_properties(src/a.cpp src/b.cpp PROPERTIES LANGUAGE HIP)"),
        "{cmake}"
    );
    assert_eq!(text("src/a.cpp"), "#include \"gpu.h\"\nint main() { return 0; }\n");
    assert_eq!(text("src/d.cpp"), "#include \"blas.h\"\n#include <hip/hip_fp16.h>\nvoid d(half *p);\n");
    // A check says the same, with the facts of the first run and with those of its cache.
    for _ in 0..2 {
        let found = project.run(&["check", "p", "--output-format", "concise"]).out;
        assert!(found.contains("[cmake-host-as-hip] `src/a.cpp`, `src/b.cpp` needs"), "{found}");
        // In a branch, the header is only found.
        assert!(found.contains("[host-compiler-header]") && found.contains("in `src/c.cpp`"), "{found}");
    }
}

#[test]
fn vectors_of_structures_that_c_and_cpp_share_are_reported() {
    let header: &[u8] = b"#include <vector_types.h>\ntypedef struct {\n    int n;\n    float4 place;\n    float4 *others;\n    \
                          int3 size;\n    int2 pair;\n} Grid;\nfloat4 *make(int n);\n";
    let with = |reader: &str| {
        Project::of(&[
            ("grid.h", header),
            (reader, b"#include \"grid.h\"\nint size(Grid *g) { return g->n; }\n"),
            ("b.cu", b"#include \"grid.h\"\n__global__ void k(Grid g, float *x) { x[0] = g.place.x; }\n"),
        ])
    };
    let project = with("a.c");
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    ran.check(0, &[]);
    let found: Vec<&str> = ran.out.lines().filter(|line| line.contains("vectors-in-c")).collect();
    assert_eq!(found.len(), 1, "{}", ran.out);
    assert_eq!(
        found[0],
        "p/grid.h:4:5: manual[vectors-in-c] `float4` is laid out in another way where `a.c` reads it; also p/grid.h:7"
    );
    let written = |project: &Project| fs::read_to_string(project.around().join("p-hip/grid.h")).unwrap();
    assert!(written(&project).starts_with("#include <hip/hip_runtime_api.h>\n"), "{}", written(&project));

    let project = with("a.cpp");
    let ran = project.run(&["convert", "p", "--exit-zero", "--output-format", "concise"]);
    assert!(!ran.out.contains("vectors-in-c"), "{}", ran.out);
    assert!(written(&project).starts_with("#include <hip/hip_vector_types.h>\n"), "{}", written(&project));
}
