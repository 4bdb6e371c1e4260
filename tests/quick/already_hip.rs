//! Code that is HIP already: nothing is edited there, and its findings are those that a conversion leaves for a person.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::leftovers;
use crate::support::{files, root};
use tranship_engine::cpp::Unit;
use tranship_engine::finding::Finding;
use tranship_engine::index::{of_build_files, of_code};
use tranship_engine::output_name;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::text::{Lines, Span};
use tranship_engine::translate::{Untouched, translate};
use tranship_rules::{Level, Rules, list};

/// The files of one project: a fixture by itself, or a folder of `fixtures/projects`.
pub(crate) fn projects() -> Vec<(String, Vec<Source>)> {
    let fixtures = root().join("fixtures");
    let mut projects: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    let ends_in = |path: &str, ending: &str| Path::new(path).extension().is_some_and(|end| end == ending);
    for path in files(&fixtures).iter().filter(|path| !ends_in(path, "snap") && !ends_in(path, "md")) {
        let bytes = std::fs::read(fixtures.join(path)).expect("a fixture can be read");
        let mut parts = path.split('/');
        let (project, name) = match (parts.next(), parts.next()) {
            (Some("projects"), Some(project)) => (project.to_owned(), parts.collect::<PathBuf>()),
            (Some("cmake"), _) if ends_in(path, "cmake") => (path.clone(), PathBuf::from("CMakeLists.txt")),
            _ => (path.clone(), PathBuf::from(Path::new(path).file_name().expect("a file has a name"))),
        };
        projects.entry(project).or_default().push(Source::new(name, bytes));
    }
    assert!(projects.len() >= 200, "only {} projects", projects.len());
    projects.into_iter().collect()
}

/// Findings that an edit settles or turns into another one, by fixture and rule.
const SETTLED: &[(&str, &str, &str)] = &[
    ("strings/nvrtc-parts.cu", "__dp4a", "a change that the string cannot hold is a leftover afterwards"),
    ("strings/nvrtc-parts.cu", "cuda-in-hip", "see above"),
    ("strings/nvrtc-parts.cu", "activemask", "HIP has the function itself"),
    (
        "cmake/packages.cmake",
        "CUDAToolkit_VERSION",
        "`CUDAToolkit_FOUND` in the same condition became `hip_FOUND`, so the condition asks for HIP",
    ),
    ("symbols/old-gpus.cu", "cuda-version-guard", "the edited condition tells HIP, so it counts as settled"),
    (
        "hazards/host-math-manual.cu",
        "host-math",
        "HIP has the function for the GPU, and its compiler refuses the call",
    ),
    (
        "hazards/small-float-group.cu",
        "small-float-group",
        "code that was written for HIP may want the conversion that HIP has",
    ),
    ("symbols/old-gpus.cu", "own-overload", "the branch for old GPUs is for neither vendor in the output"),
];

/// Fixtures about names of the project's own that are spelled like CUDA's.
pub(crate) const OWN_NAMES: &[&str] = &[
    "libraries/own-namespace-curand.cu",
    "calls/look-alike-calls.cu",
    "calls/own-function-pointer.cu",
    "libraries/cub-namespaces.cu",
    "libraries/look-alikes.cu",
    "symbols/look-alikes.cu",
    "symbols/members.cu",
    "symbols/namespace-prototypes.cu",
    "symbols/own-variables.cu",
    "symbols/scoped-enumerators.cu",
    "symbols/shadowing.cu",
    "symbols/trailing-return.cu",
    "symbols/user-namespace.cu",
];

/// A context for a project of these files.
fn context(sources: &[Source]) -> Context {
    let mut context = Context::new(Rules::builtin());
    context.index = of_code(sources, &context.guards, &context.rules);
    context.project = of_build_files(sources, false, false);
    context
}

/// What `sources` become, and what is found in each.
fn converted(sources: &[Source]) -> (Vec<Source>, Vec<Vec<Finding>>) {
    let context = context(sources);
    let convert = |source: &Source| {
        let translation = translate(source, &context);
        let output = translation.output(source).into_owned();
        let keeps = context.project.own_hip.keeps_name(&source.path);
        (Source::new(output_name(&source.path, keeps), output), translation.findings)
    };
    sources.iter().map(convert).unzip()
}

/// The manual findings by rule and function, with their number.
fn manual(findings: &[Finding]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.level == Level::Manual) {
        let function = finding.site.as_ref().and_then(|site| site.function.clone()).unwrap_or_default();
        *counts.entry((finding.rule.to_owned(), function)).or_default() += 1;
    }
    counts
}

#[test]
fn a_conversion_and_a_check_of_its_result_have_the_same_manual_findings() {
    let mut wrong = String::new();
    for (project, sources) in projects() {
        let (outputs, found) = converted(&sources);
        let context = context(&outputs);
        for ((output, before), source) in outputs.iter().zip(&found).zip(&sources) {
            let again = translate(output, &context);
            if !again.edits.is_empty() {
                let _ = writeln!(wrong, "{project}: {} is edited again", output.path.display());
            }
            let (before, after) = (manual(before), manual(&again.findings));
            for key in before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>() {
                let of = |counts: &BTreeMap<_, usize>| counts.get(key).copied().unwrap_or_default();
                let is_settled =
                    SETTLED.iter().any(|(fixture, rule, _)| *fixture == project && *rule == key.0);
                if of(&before) != of(&after) && !is_settled {
                    let _ = writeln!(
                        wrong,
                        "{project}: {}: {} in `{}`: {} before, {} after",
                        source.path.display(),
                        key.0,
                        key.1,
                        of(&before),
                        of(&after)
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_check_of_a_result_reports_each_word_of_cuda() {
    let mut wrong = String::new();
    for (project, sources) in projects().into_iter().filter(|(name, _)| !OWN_NAMES.contains(&name.as_str())) {
        let (outputs, _) = converted(&sources);
        let context = context(&outputs);
        for output in outputs.iter().filter(|output| output.lang.is_cpp()) {
            let unit = Unit::new(output, &context.guards);
            let findings = translate(output, &context).findings;
            // A condition that asks for a recent release of CUDA is false for HIP, so HIP does not compile its branch.
            let is_release =
                |word: usize| list::has(list::CUDA_VERSION_MACROS, unit.text(&unit.tokens()[word]));
            let of_release = |directive: usize| {
                let mut words = unit.lexed.directives[directive].tokens.clone();
                let can_hold = |word: usize| [b'|', b'<', b'!'].contains(&unit.text(&unit.tokens()[word])[0]);
                words.clone().any(is_release) && !words.any(can_hold)
            };
            let stayed: Vec<Span> = unit
                .regions
                .iter()
                .filter(|region| of_release(region.directive))
                .map(|region| region.body)
                .collect();
            for index in leftovers::cuda_words(&unit, &context) {
                let token = &unit.tokens()[index];
                if stayed.iter().any(|body| body.contains(token.span())) {
                    continue;
                }
                let shown = String::from_utf8_lossy(unit.text(token));
                let covers = |finding: &Finding| {
                    finding.span.contains(token.span())
                        || finding.rule == shown
                        || finding.words().what.contains(&*shown)
                };
                if !findings.iter().any(covers) {
                    let line = Lines::new(&output.bytes).position(token.start).line;
                    let _ = writeln!(wrong, "{project}: {}:{line}: `{shown}`", output.path.display());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The findings in `code` as the file `name`, alone in its project: `rule` or `rule what` for each.
#[track_caller]
fn check(name: &str, code: &str, expected: &[&str]) {
    let source = Source::new(name, code);
    let context = context(std::slice::from_ref(&source));
    let translation = translate(&source, &context);
    let found: Vec<_> = translation.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, expected, "{code}");
    assert!(translation.edits.is_empty(), "{code} is edited");
    assert!(translation.findings.iter().all(|finding| finding.level == Level::Manual), "{code}");
    assert_eq!(translation.untouched, Some(Untouched::AlreadyHip));
}

const RUNTIME: &str = "#include <hip/hip_runtime.h>\n";

#[test]
fn leftovers_of_cuda_are_findings_in_hip() {
    let is = |code: &str, expected: &[&str]| check("a.cpp", &format!("{RUNTIME}{code}"), expected);
    is("void f(void **p) { cudaMalloc(p, 4); cudaMalloc(p, 8); }\n", &["cuda-in-hip"]);
    is("#include <cub/cub.cuh>\n", &["cuda-in-hip"]);
    is("__global__ void k() { asm(\"mov.u32 %0, %%laneid;\"); }\n", &["inline-ptx"]);
    is("void f(cudnnHandle_t *h) { cudnnCreate(h); }\n", &["cuda-in-hip", "cuda-in-hip"]);
    is("void f() { cudnnGetVersion(); }\n", &["cudnnGetVersion"]);
    is("#ifdef __CUDACC__\n__device__ int x;\n#endif\n", &["cudacc-guard"]);
    is("__global__ void __launch_bounds__(256, 16) k() {}\n", &["launch-bounds"]);
    is("__device__ unsigned f(bool p) { unsigned b = __ballot(p); return b; }\n", &["ballot-truncated"]);
    is("__device__ int f(int v) { return __shfl_sync(0xffffffff, v, 0); }\n", &["shuffle-mask"]);
    check("a.hip", "void f(void **p) { cudaMalloc(p, 4); }\n", &["cuda-in-hip"]);
    let lane = "__device__ int f() { int l; asm(\"mov.u32 %0, %%laneid;\" : \"=r\"(l)); return l; }\n";
    is(&format!("#ifdef __HIPCC__\n{lane}#endif\n"), &["ptx-block"]);
    is(&format!("#ifdef __HIP_PLATFORM_AMD__\n{lane}#endif\n"), &[]);
    let product = "hipblasGemmEx(h, o, o, 1, 1, 1, p, p, HIP_R_16F, 1, p, HIP_R_16F, 1, p, p, HIP_R_16F, 1, HIP_R_32F, a);";
    is(&format!("void f(hipblasHandle_t h, int o, void *p, int a) {{ {product} }}\n"), &["compute-type"]);
}

#[test]
fn what_hip_means_itself_is_no_finding() {
    let is = |code: &str| check("a.cpp", &format!("{RUNTIME}{code}"), &[]);
    is("#include <hipcub/hipcub.hpp>\ntemplate <template <typename> class R> void launch();\n\
        void f() { launch<hipcub::WarpReduce>(); }\n\
        template <typename... A> struct S { hipcub::WarpReduce<A...> reduce; };\n");
    is("__device__ int f(int v) { return __shfl(v, 0) + __shfl_down(v, 1); }\n");
    is("__device__ unsigned long long f(bool p) { unsigned long long b = __ballot(p); return b; }\n");
    is("__device__ int f() { return threadIdx.x % warpSize; }\n");
    is("__device__ int f(int v) { return __shfl_sync(0xffffffffffffffffull, v, 0); }\n");
    is("__global__ void __launch_bounds__(256) k() {}\n");
    is("#ifdef __HIP_PLATFORM_AMD__\nint a;\n#else\nvoid f(void **p) { cudaMalloc(p, 4); }\n#endif\n");
    is("#define cudaMalloc hipMalloc\nvoid f(void **p) { cudaMalloc(p, 4); }\n");
    is("__device__ void f() { asm volatile(\"s_waitcnt vmcnt(0)\"); }\n");
    is("// cudaMalloc\nconst char *name = \"cudaMalloc\";\n");
}

/// Converts `files`, which are one project, and checks the result: the manual findings are `expected` both times, and nothing is
/// edited again.
#[track_caller]
fn keeps(files: &[(&str, &str)], expected: &[&str]) {
    let sources: Vec<_> = files.iter().map(|(name, text)| Source::new(*name, *text)).collect();
    let rules = |findings: &[Vec<Finding>]| {
        let manual = findings.iter().flatten().filter(|finding| finding.level == Level::Manual);
        manual.map(|finding| finding.rule.to_owned()).collect::<Vec<_>>()
    };
    let (outputs, before) = converted(&sources);
    assert_eq!(rules(&before), expected, "before");
    let context = context(&outputs);
    let again: Vec<_> = outputs.iter().map(|output| translate(output, &context)).collect();
    for (output, translation) in outputs.iter().zip(&again) {
        assert!(translation.edits.is_empty(), "{} is edited again", output.path.display());
    }
    let after: Vec<_> = again.into_iter().map(|translation| translation.findings).collect();
    assert_eq!(rules(&after), expected, "after");
}

const KERNEL: (&str, &str) = ("k.cu", "#include <cuda_runtime.h>\n__global__ void k() {}\n");

#[test]
fn host_compilers_read_the_same_headers_after_a_conversion() {
    let header = ("b.h", "#include <cuda_bf16.h>\n__nv_bfloat16 one();\n");
    let source = ("b.cpp", "#include \"b.h\"\nint main() { return 0; }\n");
    let build = ("Makefile", "all:\n\tnvcc -c k.cu\n\tg++ -c b.cpp\n");
    keeps(&[KERNEL, header, source, build], &["host-compiler-header"]);
    // CMake compiles the source as HIP if it always includes the header.
    let build = (
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.21)\nproject(a LANGUAGES CXX CUDA)\nadd_library(a k.cu b.cpp)\n",
    );
    keeps(&[KERNEL, header, source, build], &[]);
    let branch = ("b.h", "#ifdef WITH_BF16\n#include <cuda_bf16.h>\n#endif\n");
    keeps(&[KERNEL, branch, source, build], &["host-compiler-header"]);
}

#[test]
fn a_function_in_a_branch_for_the_compiler_is_the_projects_in_the_result_too() {
    let header = (
        "v.h",
        "#include <cuda.h>\n#ifdef __CUDACC__\n\
         static __device__ float3 make_float3(float2 a, float b) { return make_float3(a.x, a.y, b); }\n#endif\n",
    );
    let kernel =
        ("v.cu", "#include \"v.h\"\n__device__ float3 raised(float2 a) { return make_float3(a, 0.f); }\n");
    keeps(&[header, kernel], &[]);
}

#[test]
fn conditions_on_one_compute_capability_are_settled_by_a_branch_for_hip() {
    let chain = |last: &str| {
        format!(
            "#include <cuda_runtime.h>\n#if __CUDA_ARCH__ == 620\n#define N 1\n#elif {last}\n#define N 2\n#else\n#define N 3\n#endif\n__global__ void k(int *x) {{ *x = N; }}\n"
        )
    };
    keeps(&[("a.cu", &chain("__CUDA_ARCH__ >= 700"))], &[]);
    keeps(&[("a.cu", &chain("__CUDA_ARCH__ == 750"))], &["cuda-arch-older", "cuda-arch-older"]);
}

#[test]
fn a_file_with_names_of_a_library_alone_is_hip_after_a_conversion() {
    let code = "#include \"own.h\"\nvoid set(cublasHandle_t h, int mode) { cublasSetMathMode(h, (cublasMath_t)16); }\n";
    keeps(&[KERNEL, ("own.h", "#include <cublas_v2.h>\n"), ("own.cpp", code)], &["enum-from-number"]);
}

#[test]
fn the_folder_of_either_vendor_asks_no_question_about_hip() {
    let script = "import torch\nfrom torch.utils.cpp_extension import CUDA_HOME, CUDAExtension\n\nif CUDA_HOME is None:\n    print(torch.version.cuda)\nCUDAExtension(\"k\", [\"k.cu\"], extra_compile_args={\"nvcc\": [\"--use_fast_math\"]})\n";
    keeps(&[KERNEL, ("setup.py", script)], &["torch.version.cuda"]);
}

#[test]
fn options_of_clang_are_known_on_its_command_lines() {
    keeps(&[KERNEL, ("Makefile", "all:\n\tnvcc -Xcompiler --coverage -o k k.cu\n")], &[]);
}

#[test]
fn what_cmake_leaves_stays_a_finding_beside_hip() {
    let project =
        "cmake_minimum_required(VERSION 3.21)\nproject(k LANGUAGES CXX CUDA)\nadd_library(k k.cu)\n";
    let list = "if(DEFINED CUDA_ARCH)\n  set(CMAKE_CUDA_ARCHITECTURES \"${CUDA_ARCH}\")\nendif()\n";
    keeps(&[KERNEL, ("CMakeLists.txt", &format!("{project}{list}"))], &["cmake-architecture-list"]);
    let target = "if(TARGET CUDA::nvJitLink)\n  target_link_libraries(k CUDA::nvJitLink)\nendif()\n";
    keeps(&[KERNEL, ("CMakeLists.txt", &format!("{project}{target}"))], &["CUDA::nvJitLink"]);
}

#[test]
fn mixed_widths_need_code_for_32_lanes() {
    let template = "#include <cub/cub.cuh>\ntemplate <template <typename, int, int> class R> __device__ int sum(int v);\n__device__ int f(int v) { return sum<cub::WarpReduce>(v); }\n";
    let class = "__device__ void g() { __shared__ cub::WarpReduce<int>::TempStorage s; }\n";
    keeps(&[("a.cu", &format!("{template}{class}"))], &["mixed-width"]);
    let striped = "#include <cub/cub.cuh>\n__global__ void k(int *x) { int v[2]; cub::LoadDirectWarpStriped(threadIdx.x, x, v); }\n";
    keeps(&[("a.cu", &format!("{striped}{class}"))], &["mixed-width"]);
    // Nothing in these outputs is written for 32 lanes, and in code of HIP the function and the class mean the wave.
    for code in [striped, template] {
        let source = Source::new("a.cu", code);
        let (outputs, before) = converted(std::slice::from_ref(&source));
        assert_eq!(manual(&before[0]).len(), 1);
        assert_eq!(translate(&outputs[0], &context(&outputs)).findings, []);
    }
}
