//! Names of CUDA that other files or their place in a file must not hide.

use std::fmt::Write;
use std::path::Path;

use crate::already_hip::{OWN_NAMES, projects};
use crate::leftovers::{by_word, of_project, sources_below};
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

/// A member that the file defines is the project's, also where a call of it has no object.
#[test]
fn a_member_that_the_file_defines_is_known() {
    let code = "#include <nccl.h>\nstruct C {\n  std::pair<size_t, size_t> ncclRangeOfShard(size_t rank) const { return {rank, 0}; }\n  \
        auto f() { return ncclRangeOfShard(1); }\n};\n";
    let (found, output) = first(&[("a.cu", code)]);
    assert!(!found.contains(&"unknown-name"), "{found:?}: {output}");
}

#[test]
fn an_unknown_header_in_the_folder_of_the_toolkit_is_reported() {
    raises(&[("a.cu", "#include \"/usr/local/cuda/include/frob.h\"\nvoid f() {}\n")], "unmapped-header");
}

#[test]
fn an_unknown_value_is_reported_unless_the_project_declares_it() {
    let start = "#include <cuda_runtime.h>\n#include <nccl.h>\n";
    for code in [
        "void f(int a) { send(1, a ? 0 : ncclGinOptFlagsOfNobody); }\n",
        "void f(int *a) { cudaMemcpy(a, a, 4, cudaMemDeviceToNobody); }\n",
        "int f() { return cudaFrobOne | 2; }\n",
    ] {
        raises(&[("a.cu", &format!("{start}{code}"))], "unknown-name");
    }
    for code in [
        "int f(int cudaFrob) { return g(cudaFrob); }\n",
        "void f() { auto [a, cudaFrob] = p(); g(cudaFrob); }\n",
        "void f() { for (auto cudaFrob : all) g(cudaFrob); }\n",
        "enum E { cudaFrob, cudaOther = 3 }; int f() { return g(cudaFrob, cudaOther); }\n",
        "#define F(cudaFrob) g(cudaFrob)\n",
        "struct S { int cudaFrob; S() : cudaFrob(1) {} int f() { return g(cudaFrob); } };\n",
        "void f(A a) { g(a.cudaFrob, a->cudaFrob, own::cudaFrob); }\n",
        "auto f = [](auto &&...cudaFrob) { return g(cudaFrob...); };\n",
        "template <int cudaFrob> int f() { return g(cudaFrob); }\n",
    ] {
        let (found, output) = first(&[("a.cu", &format!("{start}{code}"))]);
        assert!(!found.contains(&"unknown-name"), "{found:?}: {output}");
    }
}

/// The same in the output of a conversion, which has renamed the type.
#[test]
fn an_enumerator_without_a_counterpart_is_reported_behind_the_type_of_hip_too() {
    let code = "int n = cudnnConvolutionFwdAlgo_t::CUDNN_CONVOLUTION_FWD_ALGO_COUNT;\n";
    raises(&[("a.cpp", &format!("#include <cudnn.h>\n{code}"))], "CUDNN_CONVOLUTION_FWD_ALGO_COUNT");
    let code = code.replace("cudnnConvolutionFwdAlgo_t", "miopenConvFwdAlgorithm_t");
    let start = "#include <hip/hip_runtime.h>\n#include <miopen/miopen.h>\n";
    raises(&[("a.cpp", &format!("{start}{code}"))], "CUDNN_CONVOLUTION_FWD_ALGO_COUNT");
}

#[test]
fn the_end_of_a_macro_of_cuda_is_converted_with_its_test() {
    becomes(
        &[(
            "a.cuh",
            "#ifdef __CUDA_NO_HALF_OPERATORS__\n#undef __CUDA_NO_HALF_OPERATORS__\n#endif\n#include <cuda_fp16.h>\n",
        )],
        "#ifdef __HIP_NO_HALF_OPERATORS__\n#undef __HIP_NO_HALF_OPERATORS__\n#endif\n#include <hip/hip_fp16.h>\n",
    );
    let own = "#define __CUDA_NO_HALF_OPERATORS__\nint a;\n#undef __CUDA_NO_HALF_OPERATORS__\n";
    becomes(&[("a.cuh", own)], own);
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
fn a_finding_about_libcudacxx_says_whether_its_port_has_the_name() {
    let code = "#include <cuda/latch>\nint a = cuda::ceil_div(7, 2);\nusing b = cuda::latch<cuda::thread_scope_block>;\n";
    let translation = translate_files(&[("a.cu", code.as_bytes())], &Options::default()).swap_remove(0);
    let advice = |name: &str| {
        let about = |words: &tranship_engine::finding::Words| words.what.contains(name);
        let words = translation.findings.iter().map(|finding| finding.words().clone()).find(about);
        words.expect("the name is reported").todo.into_owned()
    };
    assert!(advice("cuda::ceil_div").contains("does not have it"));
    assert!(advice("cuda::latch").contains("put libhipcxx on the include path"));
}

#[test]
fn the_name_of_a_test_is_no_name_of_cuda() {
    let unknown = |code: &str| first(&[("a.cu", code)]).0.contains(&"unknown-name");
    assert!(!unknown("TEST(Buffers, cudaIsValidBuffer) { cudaFree(0); }\n"));
    assert!(unknown("void f() { run(Buffers, cudaIsValidBuffer); }\n"));
}

/// A second conversion must not change it either, when the macro is in a file that is HIP already.
#[test]
fn a_called_value_is_a_macro_of_the_project() {
    let macros =
        ("macros.h", "#include <hip/hip_runtime.h>\n#define CUDA_SUCCESS(call) ((call) == hipSuccess)\n");
    let uses = ("uses.h", "#include \"macros.h\"\ninline bool f() { return CUDA_SUCCESS(hipFree(0)); }\n");
    let none: &[&str] = &[];
    assert_eq!(first(&[uses, macros]).0, none);
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
fn a_header_without_guard_includes_the_support_header_before_its_rows() {
    // Its macro has another meaning each time that the header is included.
    let rows = format!("ROW(1)\nROW(2)\n#ifdef BODY\n__device__ inline {CALL}#endif\n#undef ROW\n");
    let converted =
        format!("{INCLUDE}ROW(1)\nROW(2)\n#ifdef BODY\n__device__ inline {CONVERTED}#endif\n#undef ROW\n");
    let kernel = "#include <cuda_runtime.h>\n#define ROW(n) int a##n;\n#include \"rows.h\"\n\
        #define ROW(n) int b##n;\n#define BODY\nusing T = unsigned;\n#include \"rows.h\"\n\
        __global__ void k(T *p) { *p = sum(*p); }\n";
    becomes(&[("rows.h", &rows), ("k.cu", kernel)], &converted);
}

#[test]
fn the_support_header_is_included_outside_of_a_condition_around_the_file() {
    let header = format!("#if USE_GPU\n#pragma unroll\ntemplate <class T> __device__ {CALL}#endif\nint n;\n");
    let expected = format!(
        "{INCLUDE}#if USE_GPU\n#pragma unroll\ntemplate <class T> __device__ {CONVERTED}#endif\nint n;\n"
    );
    becomes(&[("sum.h", &header)], &expected);
}

#[test]
fn a_conversion_leaves_no_word_of_cuda_without_a_finding() {
    let mut wrong = String::new();
    for (project, sources) in projects().iter().filter(|(name, _)| !OWN_NAMES.contains(&name.as_str())) {
        for left in of_project(sources) {
            let _ = writeln!(wrong, "{project}: {}:{}: `{}`", left.path, left.line, left.word);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Lists the leftovers of the trees in `TRANSHIP_LEFTOVERS`; `tests/real-projects/leftovers` runs it.
#[test]
#[ignore = "reads the trees of real projects"]
fn leftovers_of_real_projects() {
    let trees = std::env::var("TRANSHIP_LEFTOVERS").expect("`TRANSHIP_LEFTOVERS` lists folders");
    let shown = std::env::var("TRANSHIP_SHOWN").ok().and_then(|number| number.parse().ok()).unwrap_or(40);
    for tree in std::env::split_paths(&trees).collect::<Vec<_>>() {
        let sources = sources_below(Path::new(&tree));
        let code = sources.iter().filter(|source| source.lang.is_cpp()).count();
        let left = of_project(&sources);
        let words = by_word(&left);
        println!("{}: {code} files of code, {} leftovers, {} words", tree.display(), left.len(), words.len());
        for (count, first) in words.iter().take(shown) {
            println!("  {count} `{}`, {}:{}: {}", first.word, first.path, first.line, first.text);
        }
    }
}
