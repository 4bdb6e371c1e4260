//! `tranship portable`: what the shadow headers contain, which names have no definition, and that nothing else is written.

use std::fs;

use serde_json::Value;

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
    let code = "#ifdef __CUDACC__\n__global__ void k() {}\n#endif\n";
    let (project, exit, report) = portable(&[("a.cu", code)], &[]);
    assert_eq!(exit, Some(1));
    let finding = &report["findings"][0];
    assert_eq!((finding["rule"].as_str(), finding["level"].as_str()), (Some("cudacc-guard"), Some("manual")));
    assert_eq!(
        finding["changes"][0]["after"].as_str(),
        Some("#if defined(__CUDACC__) || defined(__HIPCC__)")
    );
    assert_eq!(report["portable"]["places"], 1);
    let names = fs::read_to_string(project.path("hip_compat/tranship_names.h")).unwrap();
    assert!(!names.contains("__CUDACC__"), "headers of ROCm ask for it: {names}");
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
fn a_dry_run_writes_nothing_and_the_lines_for_a_build_are_text() {
    let files = [("src/a;b.cu", "cudaStream_t s;\n")];
    let (project, exit, report) = portable(&files, &["--dry-run", "--build", "cmake"]);
    assert_eq!(exit, Some(0));
    assert!(!project.path("hip_compat").exists());
    let build = report["portable"]["build"].as_str().unwrap();
    assert!(build.contains("include_directories(BEFORE \"${PROJECT_SOURCE_DIR}/hip_compat\")"), "{build}");
    assert!(
        build.contains("\"${PROJECT_SOURCE_DIR}/src/a\\;b.cu\"\n    PROPERTIES LANGUAGE HIP)"),
        "{build}"
    );
}
