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
    case("environment", "requirements.txt", "cupy-cuda12x>=13", "cupy-cuda12x", "#"),
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
