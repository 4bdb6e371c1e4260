//! Names of CUDA that other files or their place in a file must not hide.

use tranship_engine::{Options, Source, translate_files};

/// The rules found in the first of `files`, and its text afterwards.
fn first(files: &[(&str, &str)]) -> (Vec<&'static str>, String) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let translation = translate_files(&files, &Options::default()).swap_remove(0);
    let source = Source::new(files[0].0, files[0].1);
    let output = String::from_utf8_lossy(&translation.output(&source)).into_owned();
    (translation.findings.iter().map(|finding| finding.rule).collect(), output)
}

/// Asserts that the first file raises `rule`.
#[track_caller]
fn raises(files: &[(&str, &str)], rule: &str) {
    let (found, output) = first(files);
    assert!(found.contains(&rule), "{found:?}: {output}");
}

/// Asserts what the first file becomes.
#[track_caller]
fn becomes(files: &[(&str, &str)], expected: &str) {
    assert_eq!(first(files).1, expected);
}

#[test]
fn an_unknown_name_is_reported_whatever_other_files_say() {
    let code = "#include <cuda_runtime.h>\nvoid f() { cudaLaunchKernelEx<int>(1); cudaFrobTwice(2); }\n";
    raises(
        &[("a.cu", code), ("b.cu", "auto p = &cudaLaunchKernelEx<float>;\nvoid *q = &cudaFrobTwice;\n")],
        "unknown-name",
    );
    raises(&[("a.cu", "#include <cuda_runtime.h>\nvoid f(cudaFrobInfo info);\n")], "unknown-name");
}

#[test]
fn names_that_a_macro_of_the_project_makes_are_its_own() {
    let makes = "#define NCCL_PARAM(name) int ncclParam##name() { return 0; }\nNCCL_PARAM(Size)\n";
    let uses = "#include <cuda_runtime.h>\nint f() { return ncclParamSize(); }\n";
    let found = first(&[("a.cu", uses), ("param.h", makes)]).0;
    assert!(!found.contains(&"unknown-name"), "{found:?}");
}

#[test]
fn ptx_in_a_header_of_kernels_is_reported() {
    let header = "#pragma once\ntemplate <class T> inline T lane() { T l; asm(\"mov.u32 %0, %%laneid;\" : \"=r\"(l)); return l; }\n";
    let kernel = "#include \"lane.hpp\"\n__global__ void k(int *a) { a[0] = lane<int>(); }\n";
    raises(&[("lane.hpp", header), ("k.cu", kernel)], "ptx-block");
    let host = "#include \"lane.hpp\"\nint main() { return lane<int>(); }\n";
    assert_eq!(first(&[("lane.hpp", header), ("k.cpp", host)]).0, Vec::<&str>::new());
}

#[test]
fn a_width_of_one_file_hides_no_other() {
    let own =
        "namespace a { constexpr int warpSize = 32; }\n__global__ void q(int *p) { p[0] = a::warpSize; }\n";
    let uses = "#include <cuda_runtime.h>\n__global__ void k(int *p) { p[0] = threadIdx.x % warpSize; }\n";
    let alone = first(&[("k.cu", uses)]);
    assert!(alone.0.contains(&"warp-size-constant"), "{:?}", alone.0);
    assert_eq!(first(&[("k.cu", uses), ("q.cu", own)]), alone);
    assert_eq!(
        first(&[("k.cu", uses), ("q.cu", "const int warpSize = 32;\nint f() { return warpSize; }\n")]),
        alone
    );
    assert_eq!(first(&[("k.cu", uses), ("q.h", "#define warpSize 32\n")]), alone);
}

const CALL: &str = "T sum(T v) { return __reduce_add_sync(0xffffffffu, v); }\n";
const CONVERTED: &str = "T sum(T v) { return tranship::reduce_add_sync(0xffffffffu, v); }\n";
const INCLUDE: &str = "#include \"tranship_hip.h\"\n";

/// The include of the support header is between `above` and `below`, in a header that ends with a call of a helper.
#[track_caller]
fn includes(above: &str, below: &str) {
    let header = format!("{above}{below}template <class T> __device__ {CALL}");
    let expected = format!("{above}{INCLUDE}{below}template <class T> __device__ {CONVERTED}");
    becomes(&[("sum.h", &header)], &expected);
}

#[test]
fn the_support_header_is_included_at_the_top_level_before_the_first_declaration() {
    includes("", "");
    includes("#pragma once\n", "");
    includes("#pragma once\n#include <vector>\n", "");
    includes("// License\n\n#pragma once\n", "\n// about\n");
    includes("/* License */\n#pragma once\n", "#define N 4\n");
    includes("#ifndef SUM_H\n#define SUM_H\n", "int n;\n");
    includes("", "#pragma unroll\nint x;\n");
    includes("", "namespace a {\n#pragma once\n}\n");
    includes("", "int f() {\n#pragma unroll\n  return 1;\n}\n");
    includes("", "extern \"C\" {\n#include <math.h>\n}\n");
    includes("#pragma once\n", "extern \"C\" {\n#include <math.h>\n}\n");
    includes("", "enum names {\n#include \"names.def\"\n};\n");
    includes("#pragma GCC system_header\n#pragma once\n", "#pragma pack(push, 1)\n");
}

#[test]
fn the_support_header_is_included_outside_of_a_condition_around_the_file() {
    let header = format!("#if USE_GPU\n#pragma unroll\ntemplate <class T> __device__ {CALL}#endif\nint n;\n");
    let expected = format!(
        "{INCLUDE}#if USE_GPU\n#pragma unroll\ntemplate <class T> __device__ {CONVERTED}#endif\nint n;\n"
    );
    becomes(&[("sum.h", &header)], &expected);
}
