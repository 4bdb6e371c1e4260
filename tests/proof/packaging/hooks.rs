//! Runs the hook definitions with the real pre-commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::installed;
use crate::support::{self, AXPY, AXPY_HIP, PROGRAM, Project, Ran, commit, git, root, run};
use tranship_engine::lang::Lang;

const MANUAL: &str = "void f(int p) { cudaGraphicsD3D9RegisterResource(p); }\n";

/// Runs pre-commit in a project, with our hook definitions from a repository. The package that pre-commit builds there is a
/// small program that starts the built `tranship`, because building `tranship` again would take minutes.
struct PreCommit {
    project: Project,
    program: std::path::PathBuf,
}

const PACKAGE: &str = "[package]\nname = \"tranship\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

impl PreCommit {
    fn new(files: &[(&str, &[u8])], hook: &str) -> Option<Self> {
        let program = installed::tool("pre-commit")?;
        let hooks = Project::new();
        let manifest = root().join(".pre-commit-hooks.yaml");
        hooks.write(".pre-commit-hooks.yaml", &fs::read(manifest).unwrap());
        hooks.write("Cargo.toml", PACKAGE.as_bytes());
        let main = format!(
            "fn main() {{\n    let mut built = std::process::Command::new({PROGRAM:?});\n    \
             let status = built.args(std::env::args_os().skip(1)).status().unwrap();\n    \
             std::process::exit(status.code().unwrap());\n}}\n"
        );
        hooks.write("src/main.rs", main.as_bytes());
        commit(&hooks);
        let rev = git(&hooks, &["rev-parse", "HEAD"]).out;
        let project = Project::of(files);
        let copy = project.around().join("hooks");
        git(&hooks, &["clone", "-q", ".", copy.to_str().unwrap()]).check(0, &[]);
        let config = format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: {hook}\n    exclude: ^old/\n",
            copy.display(),
            rev.trim()
        );
        project.write(".pre-commit-config.yaml", config.as_bytes());
        commit(&project);
        Some(Self { project, program })
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        command.arg("run").args(arguments).current_dir(self.project.path(""));
        // The program there is also called `tranship`, so it must not be built into our target folder.
        command.env_remove("CARGO_TARGET_DIR");
        command.env("PRE_COMMIT_HOME", self.project.around().join("cache")).env("PRE_COMMIT_COLOR", "never");
        run(&mut command)
    }
}

#[test]
fn pre_commit_passes_every_kind_of_file_to_the_hook() {
    let Some(python) = installed::tool("python") else { return };
    // The fixtures have every language. The other names are easy to miss in the hook definition.
    let fixtures = support::files(&root().join("fixtures"));
    let others = "d/A.CU a.cu.in a.hpp.in CMakeLists.txt.in a.cmake.in makefile.inc GNUmakefile a.bash Dockerfile.dev \
        Containerfile requirements-dev.txt requirements/dev.txt Pipfile constraints.txt BUILD configure.ac justfile \
        a.vcxproj MANIFEST.in SConstruct Makefile.am a.cuf a.F90 a.ptx .cu LICENSE a.png a.cpy builds xmakefile \
        d/requirements.md a.cuda txt.f a.pyc";
    let names: Vec<&str> = fixtures.iter().map(String::as_str).chain(others.split_whitespace()).collect();
    let manifest = root().join(".pre-commit-hooks.yaml");
    let script = "import re, sys, yaml\nfor hook in yaml.safe_load(open(sys.argv[1])):\n  \
                  print(*(name for name in sys.argv[2:] if re.search(hook['files'], name)), sep='\\n', end='\\n\\n')";
    let ran = run(Command::new(python).args(["-c", script]).arg(manifest).args(&names));
    let looked_at = |name: &&str| Lang::of(Path::new(name)).area().is_some();
    let expected: Vec<&str> = names.iter().copied().filter(looked_at).collect();
    assert!(expected.len() > 200 && expected.len() < names.len() - 100);
    let both: Vec<Vec<&str>> = ran.out.trim_end().split("\n\n").map(|hook| hook.lines().collect()).collect();
    assert_eq!(both, [expected.clone(), expected], "{}", ran.err);
}

#[test]
fn pre_commit_checks_converted_files_and_cuda() {
    let files: &[(&str, &[u8])] = &[
        ("a.hip", AXPY_HIP.as_bytes()),
        ("b.h", b"int b;\n"),
        ("old/c.cu", AXPY.as_bytes()),
        ("notes.txt", b"cudaMalloc\n"),
    ];
    let Some(hook) = PreCommit::new(files, "tranship-check") else { return };
    let ran = hook.run(&["--all-files"]);
    ran.check(0, &[]);
    assert!(ran.out.contains("Passed"), "{}", ran.out);
    hook.project.write("d.CU", AXPY.as_bytes());
    hook.project.write("e.cuh", MANUAL.as_bytes());
    git(&hook.project, &["add", "-A"]).check(0, &[]);
    let ran = hook.run(&[]);
    ran.check(1, &[]);
    for words in ["Failed", "d.CU", "e.cuh", "1 would change, 1 manual", "would-change"] {
        assert!(ran.out.contains(words), "`{words}` is missing in {}", ran.out);
    }
    assert!(!ran.out.contains("old/c.cu"), "files that the hook excludes are not checked: {}", ran.out);
}

#[test]
fn pre_commit_converts_files_without_open_findings() {
    let Some(hook) = PreCommit::new(&[("a.cuh", AXPY.as_bytes())], "tranship-convert") else { return };
    let ran = hook.run(&["--all-files"]);
    ran.check(1, &[]);
    assert!(ran.out.contains("files were modified by this hook"), "{}", ran.out);
    assert_eq!(fs::read(hook.project.path("a.cuh")).unwrap(), AXPY_HIP.as_bytes());
    hook.run(&["--all-files"]).check(0, &[]);
}
