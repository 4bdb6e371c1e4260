//! `convert --to cuda`: names, headers and launches become CUDA, and everything else of HIP is a finding.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tranship_engine::Source;
use tranship_engine::cpp::conditions::Guards;
use tranship_engine::cpp::{TokenKind, Unit};

use crate::support::{Project, files, root, run};

/// Converts `code` to CUDA. Returns the new text, and the findings as `rule: what`.
fn converted(code: &str) -> (String, Vec<String>) {
    let project = Project::of(&[("a.hip", code.as_bytes())]);
    let ran = project.run(&["convert", "p", "--to", "cuda", "--exit-zero", "--output-format", "json"]);
    ran.check(0, &[]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    let found =
        findings.iter().map(|one| format!("{}: {}", text(&one["rule"]), text(&one["what"]))).collect();
    (fs::read_to_string(project.around().join("p-cuda/a.cu")).unwrap(), found)
}

fn check(hip: &str, cuda: &str, findings: &[&str]) {
    let (text, found) = converted(hip);
    assert_eq!(text, cuda);
    assert_eq!(found, findings);
}

#[test]
fn names_and_headers_become_those_of_cuda() {
    check(
        "#include <hip/hip_runtime.h>\n#include <hipblas/hipblas.h>\nhipError_t f(void **p, hipStream_t s) {\n  \
         hipMallocAsync(p, 4, s);  // hipFree\n  return hipSuccess;\n}\n\
         hipblasStatus_t g(hipblasHandle_t h) { return hipblasSetStream(h, 0); }\n",
        "#include <cuda_runtime.h>\n#include <cublas_v2.h>\ncudaError_t f(void **p, cudaStream_t s) {\n  \
         cudaMallocAsync(p, 4, s);  // hipFree\n  return cudaSuccess;\n}\n\
         cublasStatus_t g(cublasHandle_t h) { return cublasSetStream(h, 0); }\n",
        &[],
    );
}

#[test]
fn launches_get_chevrons() {
    check(
        "#include <hip/hip_runtime.h>\n__global__ void k(int *p) {}\ntemplate <int A, int B> __global__ void t() {}\n\
         void f(int *p, hipStream_t s) {\n  hipLaunchKernelGGL(k, dim3(2), dim3(64), 0, 0, p);\n  \
         hipLaunchKernelGGL(HIP_KERNEL_NAME(t<1, 2>), 1, 32, 16, s);\n  k<<<1, 2>>>(p);\n}\n",
        "#include <cuda_runtime.h>\n__global__ void k(int *p) {}\ntemplate <int A, int B> __global__ void t() {}\n\
         void f(int *p, cudaStream_t s) {\n  k<<<dim3(2), dim3(64)>>>(p);\n  \
         t<1, 2><<<1, 32, 16, s>>>();\n  k<<<1, 2>>>(p);\n}\n",
        &[],
    );
}

#[test]
fn what_has_no_counterpart_is_a_finding() {
    check(
        "#include <hip/hip_runtime.h>\n#include <rocprim/rocprim.hpp>\n__device__ int f(int v) {\n  \
         return __shfl_down(v, 1) + __builtin_amdgcn_mbcnt_lo(~0u, 0u);\n}\nvoid g() { hipNoSuchFunction(); }\n",
        "#include <cuda_runtime.h>\n#include <rocprim/rocprim.hpp>\n__device__ int f(int v) {\n  \
         return __shfl_down(v, 1) + __builtin_amdgcn_mbcnt_lo(~0u, 0u);\n}\nvoid g() { hipNoSuchFunction(); }\n",
        &[
            "hip-roc-library: `rocprim/rocprim.hpp` is of ROCm's rocprim, which CUDA lacks",
            "hip-warp-function: `__shfl_down` has no mask",
            "hip-only: `__builtin_amdgcn_mbcnt_lo` has no counterpart in CUDA",
            "hip-only: `hipNoSuchFunction` has no counterpart in CUDA",
        ],
    );
}

#[test]
fn the_project_s_own_names_and_both_sides_of_a_vendor_switch_stay() {
    let code = "#include <hip/hip_runtime.h>\n#define HIP_CHECK(x) check(x)\n#ifdef __HIP_PLATFORM_AMD__\nint a = hipNew;\n\
                #else\nint a = cudaOld;\n#endif\nvoid f(void *p) { HIP_CHECK(hipFree(p)); }\n";
    let expected = code.replace("hip/hip_runtime.h", "cuda_runtime.h").replace("hipFree", "cudaFree");
    check(code, &expected, &[]);
}

#[test]
fn build_files_are_copied_and_reported() {
    let project = Project::of(&[
        ("a.cpp", b"#include <hip/hip_runtime.h>\n__global__ void k() {}\n"),
        ("Makefile", b"all:\n\thipcc a.cpp\n"),
    ]);
    let ran = project.run(&["convert", "p", "--to", "cuda", "--output-format", "concise"]);
    ran.check(1, &[]);
    for rule in ["p/Makefile: manual[hip-in-build]", "p/a.cpp: manual[hip-source-name]"] {
        assert!(ran.out.contains(rule), "{}", ran.out);
    }
    let written = fs::read_to_string(project.around().join("p-cuda/a.cpp")).unwrap();
    assert_eq!(written, "#include <cuda_runtime.h>\n__global__ void k() {}\n");
}

#[test]
fn conditions_and_branches_for_hip_are_reported_or_stay() {
    check(
        "#include <hip/hip_runtime.h>\n#ifdef __HIP_DEVICE_COMPILE__\nint a = hipA;\n#endif\n#ifdef __HIPCC__\nint b;\n#endif\n\
         #if defined(__CUDACC__) || defined(__HIPCC__)\nint c = hipSuccess;\n#endif\n\
         #ifndef __HIP_PLATFORM_AMD__\nint d = hipSuccess;\n#endif\n",
        "#include <cuda_runtime.h>\n#ifdef __HIP_DEVICE_COMPILE__\nint a = hipA;\n#endif\n#ifdef __HIPCC__\nint b;\n#endif\n\
         #if defined(__CUDACC__) || defined(__HIPCC__)\nint c = cudaSuccess;\n#endif\n\
         #ifndef __HIP_PLATFORM_AMD__\nint d = cudaSuccess;\n#endif\n",
        &[
            "hip-condition: a condition tests `__HIP_DEVICE_COMPILE__`",
            "hip-condition: a condition tests `__HIPCC__`",
        ],
    );
}

#[test]
fn the_newest_plain_name_is_chosen_and_the_driver_api_is_reported() {
    check(
        "#include <hip/hip_runtime.h>\n#include \"own.hip\"\nvoid f(hipblasHandle_t h, float *p, hipError_t e) {\n  \
         hipblasSscal(h, 1, p, p, 1);\n  hipHostMalloc((void **)p, 4);\n  hipModuleUnload(0);\n  p[hipThreadIdx_x] = 0;\n}\n",
        "#include <cuda_runtime.h>\n#include \"own.hip\"\nvoid f(cublasHandle_t h, float *p, cudaError_t e) {\n  \
         cublasSscal(h, 1, p, p, 1);\n  cudaMallocHost((void **)p, 4);\n  hipModuleUnload(0);\n  p[threadIdx.x] = 0;\n}\n",
        &[
            "hip-source-name: `own.hip` is not a source of the project, or keeps its name",
            "hip-driver-api: `hipModuleUnload` is `cuModuleUnload` of CUDA's driver API",
        ],
    );
}

#[test]
fn launches_that_are_not_certain_stay() {
    let code = "#define L(k, ...) hipLaunchKernelGGL(k, 1, 1, 0, 0, __VA_ARGS__)\nvoid f() {\n  \
                hipLaunchKernelGGL(k, /* grid */ 1, 1, 0, 0);\n  hipLaunchKernelGGL(k, 1);\n}\n";
    check(code, code, &["hip-launch: `hipLaunchKernelGGL` stays as it is"; 3]);
}

#[test]
fn shared_memory_of_the_launch_is_declared_as_in_cuda() {
    check(
        "#include <hip/hip_runtime.h>\n#define FLOATS(name) HIP_DYNAMIC_SHARED(float, name)\n\
         template <class T> __global__ void k(T *p) {\n  HIP_DYNAMIC_SHARED(T, a);\n  HIP_DYNAMIC_SHARED( unsigned int, b )\n  \
         FLOATS(c)\n  p[0] = a[0];\n}\n",
        "#include <cuda_runtime.h>\n#define FLOATS(name) extern __shared__ float name[];\n\
         template <class T> __global__ void k(T *p) {\n  extern __shared__ T a[];\n  extern __shared__ unsigned int b[];\n  \
         FLOATS(c)\n  p[0] = a[0];\n}\n",
        &[],
    );
    let open = "#include <cuda_runtime.h>\n__global__ void k() { HIP_DYNAMIC_SHARED(int, /* one */ a); }\n\
                __global__ void l() { HIP_DYNAMIC_SHARED(int); }\n#define WITHOUT_ARGUMENTS HIP_DYNAMIC_SHARED\n";
    check(open, open, &["hip-only: `HIP_DYNAMIC_SHARED` has no counterpart in CUDA"; 3]);
}

/// Converts a project of `files` to CUDA. Returns the findings as `path: rule: what`.
fn findings_of(project: &Project) -> Vec<String> {
    let ran = project.run(&["convert", "p", "--to", "cuda", "--exit-zero", "--output-format", "json"]);
    ran.check(0, &[]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line =
        |one: &Value| format!("{}: {}: {}", text(&one["path"]), text(&one["rule"]), text(&one["what"]));
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn includes_of_sources_follow_their_new_names() {
    let project = Project::of(&[
        ("src/a.hip", b"#include \"b.hip\"\n#include \"../kernels/c.hip\"\n#include <kernels/c.hip>\n"),
        ("src/b.hip", b"#include \"c.hip\"\n#include \"kept.hip\"\n#include \"none.hip\"\n"),
        ("src/kept.hip", b"int kept;\n"),
        ("src/kept.cu", b"int other;\n"),
        ("kernels/c.hip", b"int c;\n"),
    ]);
    let left = |name: &str| {
        format!("p/src/b.hip: hip-source-name: `{name}` is not a source of the project, or keeps its name")
    };
    assert_eq!(findings_of(&project), [left("kept.hip"), left("none.hip")]);
    let written = |name: &str| fs::read_to_string(project.around().join("p-cuda").join(name)).unwrap();
    assert_eq!(
        written("src/a.cu"),
        "#include \"b.cu\"\n#include \"../kernels/c.cu\"\n#include <kernels/c.cu>\n"
    );
    assert_eq!(written("src/b.cu"), "#include \"c.cu\"\n#include \"kept.hip\"\n#include \"none.hip\"\n");
}

#[test]
fn the_header_of_hipsolver_becomes_those_that_the_project_needs() {
    let dense = "#include <hipsolver.h>\nhipsolverStatus_t f(hipsolverHandle_t h, int *n) {\n  \
                 return hipsolverDnSgetrf_bufferSize(h, 2, 2, 0, 2, n);\n}\n";
    let of_cuda = "#include <cusolverDn.h>\ncusolverStatus_t f(cusolverDnHandle_t h, int *n) {\n  \
                   return cusolverDnSgetrf_bufferSize(h, 2, 2, 0, 2, n);\n}\n";
    check(dense, of_cuda, &[]);
    check(&dense.replace("hipsolver.h", "hipsolver/hipsolver.h"), of_cuda, &[]);
    let project = Project::of(&[
        ("a.h", b"#include \"hipsolver/hipsolver.h\"\n"),
        ("b.hip", b"#include \"a.h\"\nhipsolverRfHandle_t f;\nhipsolverSpHandle_t s;\n"),
        ("c.hip", b"#include \"hipblas.h\"\n"),
        ("other/hipblas.h", b"int own;\n"),
    ]);
    findings_of(&project);
    let written = |name: &str| fs::read_to_string(project.around().join("p-cuda").join(name)).unwrap();
    assert_eq!(
        written("a.h"),
        "#include \"cusolverDn.h\"\n#include \"cusolverRf.h\"\n#include \"cusolverSp.h\"\n"
    );
    assert_eq!(written("b.cu"), "#include \"a.h\"\ncusolverRfHandle_t f;\ncusolverSpHandle_t s;\n");
    assert_eq!(written("c.cu"), "#include \"hipblas.h\"\n");
}

#[test]
fn headers_and_types_with_several_names_become_the_one_that_has_all_of_hip_s() {
    check(
        "#include <hip/hip_cooperative_groups.h>\n#include <hip/hip_vector_types.h>\nhipsolverDnHandle_t h;\n",
        "#include <cooperative_groups.h>\n#include <vector_functions.h>\ncusolverDnHandle_t h;\n",
        &[],
    );
}

#[test]
fn variables_and_headers_of_the_project_that_begin_like_hip_s_are_not_reported() {
    let project = Project::of(&[
        (
            "a.hip",
            b"#include <hip_utils.hpp>\nvoid f() {\n  int hip_device = 0;\n  auto hipblas_handle = g(hip_device);\n  \
              hip_bfloat16 b;\n  hiprand_unknown();\n}\n",
        ),
        ("include/hip_utils.hpp", b"int g(int);\n"),
    ]);
    assert_eq!(
        findings_of(&project),
        [
            "p/a.hip: hip-only: `hip_bfloat16` has no counterpart in CUDA",
            "p/a.hip: hip-only: `hiprand_unknown` has no counterpart in CUDA",
        ]
    );
}

#[test]
fn functions_of_hipsolver_with_arguments_of_their_own_name_those_of_cusolver() {
    let code = "#include <hipsolver/hipsolver.h>\nvoid f(hipsolverHandle_t *h) { hipsolverCreate(h); hipsolverNew(h); }\n";
    let project = Project::of(&[("a.hip", code.as_bytes())]);
    let ran = project.run(&["convert", "p", "--to", "cuda", "--exit-zero", "--output-format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let advice: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|one| one["todo"].as_str().unwrap()).collect();
    let [own, unknown] = advice.as_slice() else { panic!("{advice:?}") };
    assert!(
        own.starts_with("call `hipsolverDnCreate`, which has the arguments of `cusolverDnCreate`"),
        "{own}"
    );
    assert!(unknown.starts_with("write the code for CUDA by hand"), "{unknown}");
}

#[test]
fn options_of_hiprtc_that_nvrtc_refuses_are_reported() {
    check(
        "#include <hip/hiprtc.h>\nvoid f(hiprtcProgram p, const char *gpu) {\n  \
         const char *options[] = {\"-std=c++17\", \"--offload-arch=gfx90a\", \"-O3\", \"-DSIZE=2\", \"-mllvm\"};\n  \
         hiprtcCompileProgram(p, 5, options);\n  puts(\"use --offload-arch\");\n}\n",
        "#include <nvrtc.h>\nvoid f(nvrtcProgram p, const char *gpu) {\n  \
         const char *options[] = {\"-std=c++17\", \"--offload-arch=gfx90a\", \"-O3\", \"-DSIZE=2\", \"-mllvm\"};\n  \
         nvrtcCompileProgram(p, 5, options);\n  puts(\"use --offload-arch\");\n}\n",
        &[
            "hip-compile-option: NVRTC refuses the option `--offload-arch`",
            "hip-compile-option: NVRTC refuses the option `-O3`",
            "hip-compile-option: NVRTC refuses the option `-mllvm`",
        ],
    );
    let without = "const char *help = \"--offload-arch GPU\";\n";
    check(without, without, &[]);
}

#[test]
fn a_library_of_rocm_has_one_finding_in_each_file() {
    let code = "#include <rocblas/rocblas.h>\n#include <rocsolver/rocsolver.h>\n\
                rocblas_status f(rocblas_handle h) { return rocsolver_sgetrf(h, rocblas_operation_none); }\n";
    check(
        code,
        code,
        &[
            "hip-roc-library: `rocblas/rocblas.h` is of ROCm's rocblas, which CUDA lacks",
            "hip-roc-library: `rocsolver/rocsolver.h` is of ROCm's rocsolver, which CUDA lacks",
        ],
    );
    let without_header = "rocsparse_status f(rocsparse_handle h);\n";
    check(
        without_header,
        without_header,
        &["hip-roc-library: `rocsparse_status` is of ROCm's rocsparse, which CUDA lacks"],
    );
    let own = Project::of(&[("rocblas.h", b"int own;\n"), ("a.hip", b"#include \"rocblas.h\"\n")]);
    assert!(findings_of(&own).is_empty());
}

/// The identifiers of `text`, which the tests read without the rules of the conversion.
fn identifiers(path: &Path, text: Vec<u8>) -> BTreeSet<String> {
    let source = Source::new(path, text);
    let unit = Unit::new(&source, &Guards::default());
    let words = unit.tokens().iter().filter(|token| token.kind == TokenKind::Identifier);
    words.map(|token| String::from_utf8_lossy(unit.text(token)).into_owned()).collect()
}

/// The switch between the vendors, which the conversion to HIP writes too.
const WORDS_OF_FIXTURES: [&str; 1] = ["__HIP_PLATFORM_AMD__"];

/// The fixtures become HIP and CUDA again. A word of HIP that is left has a finding, and no name is new.
#[test]
fn the_fixtures_have_their_names_again_and_no_word_of_hip_without_a_finding() {
    let project = Project::new();
    let (mut left, mut new) = (BTreeSet::new(), BTreeSet::new());
    let mut same = 0;
    for area in ["symbols", "launches", "calls", "libraries", "headers", "warp"] {
        let fixtures = root().join("fixtures").join(area);
        let (hip, back) =
            (project.around().join(format!("{area}-hip")), project.around().join(format!("{area}-back")));
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let [from, hip, out] = [path(&fixtures), path(&hip), path(&back)];
        project.run(&["convert", &from, "--out", &hip, "-q", "--exit-zero"]).check(0, &[]);
        let ran = project.run(&[
            "convert",
            &hip,
            "--to",
            "cuda",
            "--out",
            &out,
            "--exit-zero",
            "--output-format",
            "json",
        ]);
        ran.check(0, &[]);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let mut reported = BTreeSet::new();
        for finding in report["findings"].as_array().unwrap() {
            let words = finding["what"].as_str().unwrap().split('`').skip(1).step_by(2);
            let path = Path::new(finding["path"].as_str().unwrap()).with_extension("cu");
            reported.extend(words.map(|word| (path.clone(), word.to_owned())));
        }
        for file in
            files(&fixtures).into_iter().filter(|file| Path::new(file).extension() == Some("cu".as_ref()))
        {
            let Ok(text) = fs::read(back.join(&file)) else { continue };
            let hip_text = fs::read(Path::new(&hip).join(&file).with_extension("hip")).unwrap_or_default();
            let before = identifiers(Path::new(&file), fs::read(fixtures.join(&file)).unwrap());
            let between = identifiers(Path::new(&file), hip_text);
            let after = identifiers(Path::new(&file), text);
            same += usize::from(before == after);
            let is_of_hip = |word: &&String| word.to_ascii_lowercase().contains("hip");
            let is_reported = |word: &str| {
                reported.iter().any(|(path, reported)| reported == word && path.ends_with(&file))
            };
            let open =
                after.iter().filter(is_of_hip).filter(|word| !is_reported(word) && !before.contains(*word));
            left.extend(open.cloned());
            let is_of_driver = |word: &String| {
                let begins = |start: &str, is_next: fn(char) -> bool| {
                    word.strip_prefix(start).is_some_and(|rest| rest.starts_with(is_next))
                };
                begins("cu", |next| next.is_ascii_uppercase())
                    || begins("CU", |next| next.is_ascii_lowercase() || next == '_')
            };
            // HIP has one name for functions of the driver API and of the runtime API.
            if before.iter().any(is_of_driver) {
                continue;
            }
            new.extend(
                after.iter().filter(|word| !before.contains(*word) && !between.contains(*word)).cloned(),
            );
        }
    }
    let expected = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(left, expected(&WORDS_OF_FIXTURES));
    assert_eq!(new, expected(&OTHER_NAMES));
    assert!(same > 100, "{same} files have the same names");
}

/// Names that a fixture writes in another form: older versions, and names of other headers for the same thing.
const OTHER_NAMES: [&str; 11] = [
    "CUBLAS_COMPUTE_32F",
    "CUBLAS_GEMM_DEFAULT",
    "cublasGemmEx",
    "cudaEventCreateWithFlags",
    "cudaGraphicsRegisterFlagsWriteDiscard",
    "cudaLaunchAttributeAccessPolicyWindow",
    "cudaLaunchAttributeID",
    "cudaLaunchAttributeValue",
    "cudaSuccess",
    "curandState",
    "curand_init",
];

#[test]
fn there_and_back_gives_the_names_of_the_beginning() {
    let code = "#include <cublas_v2.h>\n#include <cuda_runtime.h>\n#include <cufft.h>\n#include <curand.h>\n\
                __global__ void k(float *p) { p[threadIdx.x] = 0; }\nvoid f(float **p, cudaStream_t s, cublasHandle_t h, cufftHandle plan) {\n  \
                cudaMalloc(p, 4);\n  cudaMemcpyAsync(*p, *p, 4, cudaMemcpyDeviceToDevice, s);\n  cudaStreamSynchronize(s);\n  \
                cublasSscal(h, 1, *p, *p, 1);\n  cufftExecC2C(plan, (cufftComplex *)*p, (cufftComplex *)*p, CUFFT_FORWARD);\n  \
                k<<<1, 32, 0, s>>>(*p);\n  cudaFree(*p);\n}\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    project.run(&["convert", "p", "-q", "--exit-zero"]).check(0, &[]);
    project.run(&["convert", "p-hip", "--to", "cuda", "--out", "back", "-q", "--exit-zero"]).check(0, &[]);
    assert_eq!(fs::read_to_string(project.around().join("back/a.cu")).unwrap(), code);
}

#[test]
fn threads_may_make_the_same_folders() {
    let project = Project::new();
    for top in 0..10 {
        let folder = project.path(&format!("{top}/0/1/2/3/4/5/6/7/8/9"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..3 {
            fs::write(folder.join(format!("{file}.h")), "int *p;\n").unwrap();
        }
    }
    let out = project.around().join("p-cuda");
    // Without the look at the folder after a failure, about half of the runs failed.
    for _ in 0..20 {
        let mut program = project.command(&["convert", "p", "--to", "cuda"]);
        run(program.env("RAYON_NUM_THREADS", "16")).check(0, &[]);
        assert_eq!(files(&out).iter().filter(|path| path.contains("/9/")).count(), 30);
        fs::remove_dir_all(&out).unwrap();
    }
}
