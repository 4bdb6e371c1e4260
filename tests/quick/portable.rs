//! `tranship portable`: what the shadow headers contain, which names have no definition, and that nothing else is written.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Project, run};

/// Runs portable mode in a project of `files`. Returns the project, the exit code and the JSON report.
fn portable(files: &[(&str, &str)], more: &[&str]) -> (Project, Option<i32>, Value) {
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let project = Project::of(&bytes);
    let arguments = [&["portable", "-q", "--output-format", "json"], more].concat();
    let ran = run(project.command(&arguments).current_dir(project.path("")));
    for (name, text) in files {
        assert_eq!(fs::read_to_string(project.path(name)).unwrap(), *text, "{name} is unchanged");
    }
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("no JSON: {}{}", ran.out, ran.err));
    (project, ran.code, report)
}

/// Checks the definitions that the headers for `code` contain, as `cuda hip`, and the rules of the findings.
fn check(code: &str, names: &[&str], rules: &[&str]) {
    let (project, exit, report) = portable(&[("a.cu", code)], &[]);
    let text = fs::read_to_string(project.path("hip_compat/tranship_names.h")).unwrap_or_default();
    let defined: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#define ")).collect();
    assert_eq!(defined, names, "{code}");
    let findings = report["findings"].as_array().unwrap();
    let found: Vec<&str> = findings.iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(found, rules, "{code}");
    assert_eq!(exit, Some(i32::from(!rules.is_empty())));
}

#[test]
fn a_plain_rename_is_a_definition() {
    check(
        "#include <cuda_runtime.h>\nvoid f(void *p) { cudaFree(p); cudaFree(p); }\n",
        &["cudaFree hipFree"],
        &[],
    );
    // nvcc includes the runtime header by itself, and so does the build for HIP.
    check("cudaStream_t stream;\n", &["cudaStream_t hipStream_t"], &[]);
    // A macro of HIP that is empty.
    check(
        "#include <cuda_runtime.h>\nvoid CUDART_CB f(cudaStream_t s);\n",
        &["CUDART_CB", "cudaStream_t hipStream_t"],
        &[],
    );
}

#[test]
fn a_function_of_the_support_header_is_a_definition() {
    let code = "#include <cuda_runtime.h>\nvoid f(cudaArray_t a) { cudaFreeArray(a); }\n";
    let (project, _, report) = portable(&[("a.cu", code)], &["--arch", "gfx942"]);
    let read = |name: &str| fs::read_to_string(project.path("hip_compat").join(name)).unwrap();
    assert_eq!(report["portable"]["places"], 0, "{report}");
    let names = read("tranship_names.h");
    assert!(names.contains("#include \"tranship_hip.h\"\n"), "{names}");
    assert!(names.contains("#define cudaFreeArray tranship::free_array\n"), "{names}");
    assert!(read("tranship_hip.h").contains(" free_array("));
}

#[test]
fn a_name_with_another_meaning_has_no_definition() {
    // The member is the project's own, and a macro would rename it too.
    check(
        "#include <cuda_runtime.h>\nstruct S { int cudaFree; };\nint f(S s) { cudaFree(0); return s.cudaFree; }\n",
        &[],
        &["cudaFree"],
    );
    // A definition would answer the condition.
    check(
        "#include <cuda_runtime.h>\n#ifdef cudaFree\n#endif\nvoid f() { cudaFree(0); }\n",
        &[],
        &["cudaFree"],
    );
}

#[test]
fn a_change_of_meaning_is_a_finding_with_a_guard() {
    // The value of the macro is used, so a definition would be one more meaning.
    let code = "#ifdef __CUDACC__\n__global__ void k() {}\n#endif\nint x = __CUDACC__;\n";
    let (project, exit, report) = portable(&[("a.cu", code)], &[]);
    assert_eq!(exit, Some(1));
    let finding = &report["findings"][0];
    assert_eq!((finding["rule"].as_str(), finding["level"].as_str()), (Some("cudacc-guard"), Some("manual")));
    assert_eq!(
        finding["changes"][0]["after"].as_str(),
        Some("#if defined(__CUDACC__) || defined(__HIPCC__)")
    );
    assert!(
        finding["what"].as_str().unwrap().contains("is used outside of a condition at a.cu:4"),
        "{finding}"
    );
    assert_eq!(report["portable"]["places"], 2, "the condition and the value");
    let names = fs::read_to_string(project.path("hip_compat/tranship_names.h")).unwrap();
    assert!(!names.contains("__CUDACC__"), "{names}");
}

/// Checks the text of the header with the names for `files`, which need no edit: it contains each of `lines`.
fn check_lines(files: &[(&str, &str)], lines: &[&str]) -> Project {
    let (project, _, report) = portable(files, &["--arch", "gfx942,gfx1100"]);
    assert_eq!(report["portable"]["places"], 0, "{report}");
    let text = fs::read_to_string(project.path("hip_compat/tranship_names.h")).unwrap();
    for line in lines {
        assert!(text.contains(line), "{line}: {text}");
    }
    project
}

#[test]
fn functions_of_warps_are_those_of_the_support_header() {
    let code = "__global__ void k(float *x, unsigned mask) {\n  float v = x[threadIdx.x];\n  \
                v += __shfl_xor_sync(0xffffffff, v, 16);\n  v += __shfl_down_sync(mask, v, 1);\n  __syncwarp();\n  \
                x[threadIdx.x] = __any_sync(mask, v > 0) ? v : __shfl(v, 0);\n}\n";
    let project = check_lines(
        &[("a.cu", code)],
        &[
            "#define __shfl_xor_sync tranship::shfl_xor_sync\n",
            "#define __shfl_down_sync tranship::shfl_down_sync\n",
            "#define __syncwarp tranship::syncwarp\n",
            "#define __any_sync tranship::any_sync\n",
            // Without a width, a shuffle spans 32 lanes.
            "#ifdef __HIPCC__\n#undef __shfl\n#define __shfl(...) tranship::shfl_sync(0xffffffffu, __VA_ARGS__)\n#endif\n",
            // These headers contain the names too.
            "#if defined(__HIPCC__) && __has_include(<hip/hip_cooperative_groups.h>)\n",
        ],
    );
    let support = fs::read_to_string(project.path("hip_compat/tranship_hip.h")).unwrap();
    assert!(support.contains(" shfl_xor_sync(") && support.contains(" syncwarp("), "{support}");
}

#[test]
fn a_unit_in_an_older_language_does_not_get_the_headers_of_others() {
    let code = "#include <cub/cub.cuh>\n__global__ void k(int *x) { x[0] = __any(x[1]); }\n";
    check_lines(
        &[("a.cu", code)],
        &["#if defined(__HIPCC__) && __cplusplus >= 201402L && __has_include(<hipcub/hipcub.hpp>)\n"],
    );
}

#[test]
fn calls_that_a_conversion_rewrites_are_definitions() {
    let code = "#include <cuda_runtime.h>\n__constant__ float c[4];\n\
                template <int N> __global__ void __launch_bounds__(256, 2) k(float *x) { *x = c[N]; }\n\
                void f(const float *from) {\n  cudaMemcpyToSymbol(c, from, 16);\n  \
                cudaFuncSetAttribute(k<1>, cudaFuncAttributeMaxDynamicSharedMemorySize, 1024);\n}\n";
    let project = check_lines(
        &[("a.cu", code)],
        &[
            "#define cudaMemcpyToSymbol hipMemcpyToSymbol\n",
            "#ifdef __cplusplus\n#define cudaFuncSetAttribute tranship::func_set_attribute\n#else\n\
             #define cudaFuncSetAttribute hipFuncSetAttribute\n#endif\n",
            "amdgpu_waves_per_eu(tranship::bound_waves(__VA_ARGS__))",
        ],
    );
    let support = fs::read_to_string(project.path("hip_compat/tranship_hip.h")).unwrap();
    assert!(support.contains(" func_set_attribute(") && support.contains(" waves_per_eu("), "{support}");
}

#[test]
fn macros_of_nvcc_are_defined_if_each_condition_has_the_result_of_the_conversion() {
    let code = "#if defined(__CUDACC__) && CUDART_VERSION >= 9000\n__device__ void f() {\n#if __CUDA_ARCH__ >= 530\n#endif\n}\n#endif\n";
    check_lines(
        &[("a.cu", code)],
        &[
            "#ifdef __HIPCC__ // The macros of nvcc.\n#ifndef __CUDACC__\n#define __CUDACC__ 1\n#endif\n#endif\n",
            "#ifdef __HIP_DEVICE_COMPILE__\n#ifndef __CUDA_ARCH__\n#define __CUDA_ARCH__ 890\n#endif\n#endif\n",
            "#ifndef CUDART_VERSION\n#define CUDART_VERSION 12090\n#endif\n",
        ],
    );
    // The project has a branch for HIP behind the one for nvcc.
    let code = "#if defined(__CUDACC__)\n__device__ void f() { int x = 1; }\n#elif defined(__HIPCC__)\n__device__ void f() {}\n#endif\n";
    let (project, _, _) = portable(&[("a.cu", code)], &[]);
    let names = fs::read_to_string(project.path("hip_compat/tranship_names.h")).unwrap_or_default();
    assert!(!names.contains("__CUDACC__"), "{names}");
}

#[test]
fn headers_of_other_libraries_do_not_see_the_macros_of_nvcc() {
    let code =
        "#include <Eigen/Dense>\n#include <vector>\n#ifdef __CUDACC__\n__global__ void k() {}\n#endif\n";
    let project = check_lines(&[("a.cu", code)], &["#define __CUDACC__ 1\n"]);
    let header = fs::read_to_string(project.path("hip_compat/Eigen/Dense")).unwrap();
    assert!(
        header.ends_with(
            "#pragma push_macro(\"__CUDACC__\")\n#undef __CUDACC__\n#include_next <Eigen/Dense>\n\
             #pragma pop_macro(\"__CUDACC__\")\n"
        ),
        "{header}"
    );
    assert!(!project.path("hip_compat/vector").exists());
}

#[test]
fn each_header_that_the_project_includes_has_a_shadow() {
    let code = "#include <cub/cub.cuh>\n#include <cublas_v2.h>\n#include <thrust/sort.h>\n\
                #include \"own.h\"\nusing namespace cub;\ncublasHandle_t h;\n";
    let (project, exit, report) = portable(&[("a.cu", code), ("own.h", "#pragma once\n")], &[]);
    assert_eq!(exit, Some(0), "{report}");
    let headers = report["portable"]["headers"].as_array().unwrap();
    let paths: Vec<&str> = headers.iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["cub/cub.cuh", "cublas_v2.h", "cuda_runtime.h", "tranship_names.h"]);
    let read = |name: &str| fs::read_to_string(project.path("hip_compat").join(name)).unwrap();
    let cub = read("cub/cub.cuh");
    let lines: Vec<&str> = cub.lines().filter(|line| !line.starts_with("//") && !line.is_empty()).collect();
    assert_eq!(
        lines,
        [
            "#pragma once",
            "#if !defined(__HIP_PLATFORM_AMD__) && !defined(__HIP_PLATFORM_NVIDIA__)",
            "#define __HIP_PLATFORM_AMD__ 1",
            "#endif",
            "#include <hip/hip_runtime.h>",
            "#ifdef __HIPCC__ // A host compiler cannot read these headers.",
            "#include <hipcub/hipcub.hpp>",
            "namespace cub = hipcub;",
            "#endif",
            "#include \"../tranship_names.h\"",
        ]
    );
    assert!(read("cublas_v2.h").contains("#include <hipblas/hipblas.h>\n#include \"tranship_names.h\"\n"));
    assert!(read("tranship_names.h").ends_with("#pragma once\n\n#define cublasHandle_t hipblasHandle_t\n"));
}

#[test]
fn a_second_run_changes_nothing_and_removes_headers_without_a_use() {
    let code = "#include <cublas_v2.h>\ncublasHandle_t h;\n";
    let (project, _, first) = portable(&[("a.cu", code)], &[]);
    let again = || {
        let arguments = ["portable", "-q", "--output-format", "json"];
        run(project.command(&arguments).current_dir(project.path("")))
    };
    let before = fs::metadata(project.path("hip_compat/cublas_v2.h")).unwrap().modified().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&again().out).unwrap(), first);
    assert_eq!(fs::metadata(project.path("hip_compat/cublas_v2.h")).unwrap().modified().unwrap(), before);
    fs::write(project.path("a.cu"), "cudaStream_t s;\n").unwrap();
    again();
    assert!(!project.path("hip_compat/cublas_v2.h").exists());
    assert!(project.path("hip_compat/cuda_runtime.h").exists());
}

#[test]
fn a_run_behind_the_patch_changes_nothing() {
    let cmake = "cmake_minimum_required(VERSION 3.21)\nproject(a CUDA)\nadd_library(a a.cu)\n";
    let files = [("a.cu", OWN_NAME), ("CMakeLists.txt", cmake)];
    let bytes = files.map(|(name, text)| (name, text.as_bytes()));
    let project = Project::of(&bytes);
    again(&project, &["-q", "--overlay", "--build", "cmake", "--apply-build"]);
    let (code, text) = again(&project, &["--check"]);
    assert_eq!((code, text.as_str()), (Some(0), ""));
    assert!(project.path("hip_compat/overlay/a.cu").exists());
}

#[test]
fn files_of_others_and_links_stay() {
    let code = "cudaStream_t s;\n";
    let project = Project::of(&[("a.cu", code.as_bytes()), ("hip_compat/mine.h", b"int x;\n")]);
    let ran = run(project.command(&["portable"]).current_dir(project.path("")));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("mine.h: is not a shadow header"), "{}", ran.err);
    assert!(!project.path("hip_compat/cuda_runtime.h").exists());
    assert_eq!(fs::read(project.path("hip_compat/mine.h")).unwrap(), b"int x;\n");

    let project = Project::of(&[("a.cu", code.as_bytes()), ("other/keep", b"")]);
    std::os::unix::fs::symlink("other", project.path("hip_compat")).unwrap();
    let ran = run(project.command(&["portable"]).current_dir(project.path("")));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(!project.path("other/cuda_runtime.h").exists());
}

#[test]
fn a_dry_run_writes_nothing_and_reports_the_patch() {
    let files =
        [("src/a.cu", "cudaStream_t s;\n"), ("CMakeLists.txt", "project(a CUDA)\nadd_library(a src/a.cu)\n")];
    let (project, exit, report) = portable(&files, &["--dry-run", "--build", "cmake"]);
    assert_eq!(exit, Some(0));
    assert!(!project.path("hip_compat").exists() && !project.path("hip_compat.patch").exists());
    let build = report["portable"]["build"].as_str().unwrap();
    assert!(
        build.contains("+  include_directories(BEFORE \"${PROJECT_SOURCE_DIR}/hip_compat\")\n"),
        "{build}"
    );
    assert!(build.contains("+project(a HIP)\n+else()\n"), "{build}");
}

#[test]
fn a_patch_is_beside_the_folder_and_is_applied_only_if_asked() {
    let makefile = "a.o: a.cu\n\tnvcc -c a.cu\n";
    let files = [("a.cu", "cudaStream_t s;\n"), ("Makefile", makefile)];
    let (project, _, report) = portable(&files, &["--build", "make"]);
    let patch = fs::read_to_string(project.path("hip_compat.patch")).unwrap();
    assert!(patch.ends_with(report["portable"]["build"].as_str().unwrap()), "{patch}");
    fs::write(project.path("hip_compat.patch"), "mine\n").unwrap();
    let again = |more: &[&str]| {
        let arguments = [&["portable", "-q", "--build", "make"], more].concat();
        run(project.command(&arguments).current_dir(project.path("")))
    };
    let ran = again(&[]);
    assert!(ran.code == Some(2) && ran.err.contains("is not a patch of this command"), "{}", ran.err);
    assert_eq!(fs::read_to_string(project.path("hip_compat.patch")).unwrap(), "mine\n");
    assert_eq!(again(&["--apply-build"]).code, Some(0));
    let text = fs::read_to_string(project.path("Makefile")).unwrap();
    assert!(text.contains("ifdef USE_HIP\n\thipcc $(HIP_COMPAT_FLAGS) "), "{text}");
    assert!(text.contains("else\n\tnvcc -c a.cu\nendif\n"), "{text}");
    again(&["--apply-build"]);
    assert_eq!(fs::read_to_string(project.path("Makefile")).unwrap(), text, "a second time changes nothing");
}

#[test]
fn changes_of_sources_are_for_hip_alone() {
    let code = "#include <cuda_runtime.h>\n#ifdef __CUDACC__\n__device__ int x = __CUDACC__;\n#endif\n\
                struct S { int cudaFree; };\nvoid f(S s) {\n  if (s.cudaFree)\n    cudaFree(\n      0);\n}\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    run(project.command(&["portable", "-q", "--apply-edits"]).current_dir(project.path("")));
    let text = fs::read_to_string(project.path("a.cu")).unwrap();
    let both =
        |hip: &str, cuda: &str| format!("#if defined(__HIP_PLATFORM_AMD__)\n{hip}#else\n{cuda}#endif\n");
    let (value, call) = ("__device__ int x = __CUDACC__;\n", "    cudaFree(\n      0);\n");
    let expected = code
        .replace("#ifdef __CUDACC__", "#if defined(__CUDACC__) || defined(__HIPCC__)")
        .replace(value, &both("__device__ int x = __HIPCC__;\n", value))
        .replace(call, &both("    hipFree(\n      0);\n", call));
    assert_eq!(text, expected);
    run(project.command(&["portable", "-q", "--apply-edits"]).current_dir(project.path("")));
    assert_eq!(fs::read_to_string(project.path("a.cu")).unwrap(), text, "a second time changes nothing");
}

/// Runs `tranship portable` with the arguments `more` in `project`.
fn again(project: &Project, more: &[&str]) -> (Option<i32>, String) {
    let arguments = [&["portable"], more].concat();
    let ran = run(project.command(&arguments).current_dir(project.path("")));
    (ran.code, ran.err)
}

/// Code with two changes that no header makes: a name that the project has too, and a macro that is used as a value.
const OWN_NAME: &str = "#include <cuda_runtime.h>\nstruct S { int cudaFree; };\n\
                        void f(S s) {\n  if (s.cudaFree) cudaFree(0);\n}\n#ifdef __CUDACC__\nint x = __CUDACC__;\n#endif\n";

#[test]
fn an_overlay_has_the_changes_in_copies_and_every_source_stays() {
    let files = [
        ("src/a.cu", OWN_NAME),
        ("src/b.cu", "cudaStream_t s;\n"),
        ("CMakeLists.txt", "project(a CUDA)\nadd_library(a src/a.cu src/b.cu)\n"),
    ];
    let (project, _, report) = portable(&files, &["--overlay", "--build", "cmake"]);
    let read = |name: &str| fs::read_to_string(project.path("hip_compat").join(name)).unwrap();
    let expected = OWN_NAME.replace("__CUDACC__", "__HIPCC__").replace(") cudaFree(0)", ") hipFree(0)");
    let copy = read("overlay/src/a.cu");
    assert_eq!(copy, expected);
    assert!(!project.path("hip_compat/overlay/src/b.cu").exists());
    let overlay = read("overlay.yaml");
    let entry =
        "{ \"type\": \"file\", \"name\": \"../src/a.cu\", \"external-contents\": \"overlay/src/a.cu\" }\n";
    assert!(overlay.contains(entry), "{overlay}");
    let portable = &report["portable"];
    assert_eq!(portable["copies"], 1, "{report}");
    assert!(
        read("tranship_names.h").contains("// Hash of the overlay: "),
        "a build sees that a copy changed"
    );
    assert!(
        portable["build"]
            .as_str()
            .unwrap()
            .contains(":-ivfsoverlay${PROJECT_SOURCE_DIR}/hip_compat/overlay.yaml>")
    );
    // The copies are no part of the project.
    let scan = run(project.command(&["scan", "-q", "--output-format", "json"]).current_dir(project.path("")));
    assert!(!scan.out.contains("overlay/src"), "{}", scan.out);
    // Without the option, the next run removes the copies.
    again(&project, &["-q"]);
    assert!(!project.path("hip_compat/overlay.yaml").exists());
    assert!(!project.path("hip_compat/overlay/src/a.cu").exists());
}

#[test]
fn a_copy_does_not_serve_a_host_compiler() {
    let header = "#pragma once\n#include <cuda_runtime.h>\nstruct S { int cudaFree; };\ninline void f() { cudaFree(0); }\n";
    let places = |host: &[(&str, &str)]| {
        let files = [&[("a.cu", "#include \"a.h\"\n"), ("a.h", header)], host].concat();
        let (_, _, report) = portable(&files, &["--overlay"]);
        (report["portable"]["places"].as_u64(), report["portable"]["copies"].as_u64())
    };
    assert_eq!(places(&[]), (Some(0), Some(1)));
    assert_eq!(places(&[("b.cpp", "#include \"a.h\"\n")]), (Some(1), Some(1)));
}

#[test]
fn a_copy_serves_a_host_compiler_that_is_clang() {
    let host = "#include <cuda_runtime.h>\nstruct S { int cudaFree; };\nvoid f() { cudaFree(0); }\n";
    let files = [
        ("a.cu", "__global__ void k(int *x) { asm(\"multimem.st.u32 [%0], 1;\" : : \"l\"(x)); }\n"),
        ("b.cpp", host),
        ("CMakeLists.txt", "project(a CXX CUDA)\nadd_library(a a.cu b.cpp)\n"),
    ];
    let more = ["--overlay", "--overlay-hosts", "--build", "cmake"];
    let (project, _, report) = portable(&files, &more);
    let portable = &report["portable"];
    assert_eq!((&portable["places"], &portable["left_by_conversion"]), (&json!(1), &json!(1)), "{report}");
    let copy = fs::read_to_string(project.path("hip_compat/overlay/b.cpp")).unwrap();
    assert_eq!(copy, host.replace("cudaFree(0)", "hipFree(0)"));
    let build = portable["build"].as_str().unwrap();
    assert!(build.contains("$<$<COMPILE_LANGUAGE:HIP,C,CXX>:-ivfsoverlay"), "{build}");
    assert!(build.contains("needs clang for CXX"), "{build}");
    // Without the option, the host file is a place that a conversion does not leave.
    let (_, _, report) = self::portable(&files, &["--overlay"]);
    let portable = &report["portable"];
    assert_eq!((&portable["places"], &portable["left_by_conversion"]), (&json!(2), &json!(1)), "{report}");
}

#[test]
fn a_check_says_which_sources_changed_and_writes_nothing() {
    let (project, _, _) = portable(&[("a.cu", OWN_NAME), ("b.cu", "cudaStream_t s;\n")], &["--overlay"]);
    assert_eq!(again(&project, &["--check"]), (Some(0), String::new()));
    fs::write(project.path("b.cu"), "cudaStream_t s; // another comment\n").unwrap();
    assert_eq!(again(&project, &["--check"]), (Some(0), String::new()), "it has no copy and no new name");
    fs::write(project.path("a.cu"), format!("// new\n{OWN_NAME}")).unwrap();
    fs::write(project.path("b.cu"), "cudaEvent_t e;\n").unwrap();
    let before = fs::read(project.path("hip_compat/overlay.yaml")).unwrap();
    let (code, text) = again(&project, &["--check"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("a.cu: changed since its copy was made\n"), "{text}");
    assert!(text.contains("hip_compat/tranship_names.h: is not what"), "{text}");
    assert_eq!(fs::read(project.path("hip_compat/overlay.yaml")).unwrap(), before);
    again(&project, &["-q", "--overlay"]);
    assert_eq!(again(&project, &["--check"]), (Some(0), String::new()));
}

#[test]
fn a_copy_that_a_person_edited_stays() {
    let (project, _, _) = portable(&[("a.cu", OWN_NAME)], &["--overlay"]);
    let copy = project.path("hip_compat/overlay/a.cu");
    fs::write(&copy, "int mine;\n").unwrap();
    let (code, text) = again(&project, &["--overlay"]);
    assert!(code == Some(2) && text.contains("was edited by hand"), "{text}");
    assert_eq!(fs::read_to_string(&copy).unwrap(), "int mine;\n");
}

#[test]
fn an_overlay_needs_a_compiler_that_reads_it() {
    let project = Project::of(&[("a.cu", OWN_NAME.as_bytes())]);
    let (code, text) = again(&project, &["--overlay", "--rocm", "6.0"]);
    assert!(code == Some(2) && text.contains("needs the compiler of ROCm 6.1"), "{code:?} {text}");
    assert!(!project.path("hip_compat").exists());
}

#[test]
fn an_extension_of_pytorch_is_built_from_the_copies() {
    let host = "#include <cuda_runtime.h>\nstruct S { int cudaFree; };\nvoid f() { cudaFree(0); }\n";
    let setup = "from torch.utils import cpp_extension\nsetup()\n";
    let files = [("a.cu", OWN_NAME), ("b.cpp", host), ("setup.py", setup)];
    let (project, _, report) = portable(&files, &["--overlay", "--build", "setup-py"]);
    let portable = &report["portable"];
    assert_eq!((&portable["places"], &portable["copies"]), (&json!(0), &json!(2)), "{report}");
    assert!(portable["build"].as_str().unwrap().contains("hipify_python.open"), "{report}");
    let (code, text) = again(&project, &["--check"]);
    assert_eq!((code, text.as_str()), (Some(0), ""));
}
